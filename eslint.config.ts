import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { arrows } from './tools/arrows.js';

const typescript = ['**/*.ts'];

export default defineConfig(
  globalIgnores(['dist/', 'packages/*/dist/', '.attune/', '.cache/', 'node_modules/', 'test/fixtures/', '**/build/']),
  {
    files: typescript,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      // It includes every TypeScript file of both packages: one program, where three would read the sources three times.
      parserOptions: { project: ['test/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // The SDK's handles and clients are made to be taken apart; their functions do not use `this`.
      '@typescript-eslint/unbound-method': 'off',
      // An async function without await is how an interface that promises a promise is met.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `import { type X }` leaves `import {}` behind, which loads the module: with it the arrows below would have a hole.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      eqeqeq: 'error',
    },
  },
  {
    // What runs before or without TypeScript: no rule here may need types.
    files: ['**/*.mjs'],
    extends: [tseslint.configs.recommended],
    rules: { eqeqeq: 'error' },
  },
  ...Object.entries(arrows).map(([files, patterns]) => ({
    files: [files],
    rules: { '@typescript-eslint/no-restricted-imports': ['error' as const, { patterns }] satisfies [string, object] },
  })),
  {
    files: ['src/workflows/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind!="const"]',
          message:
            'Module-level state is shared between runs and lost on replay: keep it inside the workflow function.',
        },
        {
          selector: 'ThrowStatement > NewExpression[callee.name="Error"]',
          message: 'A plain Error fails the workflow task, which is retried for ever: throw an ApplicationFailure.',
        },
      ],
    },
  },
  {
    // Test doubles and what a JSON answer holds are not worth a type each.
    files: ['test/**/*.ts', 'packages/*/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
