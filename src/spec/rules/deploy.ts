/**
 * Rules on the endpoint.
 * @module
 */
import { problem } from '../problem.js';
import type { Rule } from './rule.js';

const endpointNameIsOneSageMakerTakes: Rule = ({ deploy }) =>
  deploy && deploy.endpoint !== undefined && !/^[a-z0-9](-*[a-z0-9]){0,62}$/.test(deploy.endpoint)
    ? [
        problem(
          'deploy.endpoint',
          deploy.endpoint,
          'lower-case letters, digits and inner hyphens, at most 63',
          'choose such a name',
        ),
      ]
    : [];

export const deployRules = {
  endpointNameIsOneSageMakerTakes,
} as const satisfies Record<string, Rule>;
