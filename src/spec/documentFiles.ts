/**
 * Which files of a folder are documents, by their names alone. python/attune_jobs/prepare/sources/documents/files.py has the same
 * tables, for folders that lie in S3; a test holds them equal.
 * @module
 */

/** How the name ends, in any case. */
export const DOCUMENT_SUFFIXES = [
  '.md',
  '.markdown',
  '.qmd',
  '.rmd',
  '.mdx',
  '.html',
  '.htm',
  '.xhtml',
  '.rst',
  '.adoc',
  '.asciidoc',
  '.ipynb',
  '.pdf',
  '.docx',
  '.txt',
] as const;

/** Reason, and the names below the folder that it holds for. What may be a page of a documentation stays in. */
export const DOCUMENT_JUNK: readonly (readonly [string, RegExp])[] = [
  ['hidden', /(?:^|\/)\./],
  [
    'installed packages',
    /(?:^|\/)(?:node_modules|bower_components|vendor|site-packages|venv|[^/]*\.(?:egg|dist)-info)\//,
  ],
  ['build output', /(?:^|\/)(?:_build|_site|__pycache__|htmlcov|_sources|_static)\//],
  ['build output', /(?:^|\/)(?:build|dist|out|target)\/(?:.*\/)?[^/]*\.(?:[Hh][Tt][Mm][Ll]?|[Tt][Xx][Tt])$/],
  ['build output', /(?:^|\/)(?:genindex[^/]*|py-modindex|modindex|search|404)\.html?$/],
  ['minified', /\.min\.[^.\/]+$/],
  ['temporary files', /(?:^|\/)~\$[^/]*$/],
  ['licences', /(?:^|\/)(?:LICEN[CS]ES?|COPYING|UNLICENSE|NOTICES?|THIRD[-_]?PARTY[-_A-Z]*)(?:[-_.][^/]*)?$/],
  [
    'licences',
    /(?:^|\/)(?:[Ll]icen[cs]es?|[Cc]opying|[Nn]otices?|[Tt]hird[-_]?[Pp]arty[-_A-Za-z]*)(?:[-_][^/.]*)?\.txt$/,
  ],
  [
    'files for tools',
    /(?:^|\/)(?:(?:dev|test|docs?|build|lint|ci)[-_]requirements|requirements[^/]*|[Cc][Mm]ake[Ll]ists|CMakeCache)\.txt$/,
  ],
  ['files for tools', /(?:^|\/)(?:robots|humans|ads|[^/]*[-_.]lock|[^/]*word-?list|top_level|entry_points)\.txt$/],
  ['menus of a site', /(?:^|\/)_(?:sidebar|navbar|coverpage|footer|header)\.md$/],
];

export const NO_DOCUMENT = 'no form of document that is read';

/** Why the file of this name, a path below the folder with forward slashes, is no document; undefined of one that is read. */
export function whyNoDocument(name: string): string | undefined {
  const junk = DOCUMENT_JUNK.find(([, pattern]) => pattern.test(name));
  if (junk) return junk[0];
  const lower = name.toLowerCase();
  return DOCUMENT_SUFFIXES.some((suffix) => lower.endsWith(suffix)) ? undefined : NO_DOCUMENT;
}
