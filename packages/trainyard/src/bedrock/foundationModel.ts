/**
 * Which model is meant. Any name that could be one of Bedrock's is answered by the one model that is here.
 * @module
 */
import { invalid } from '../errors.js';

/** `provider.model-version`, of an inference profile with its region before it, or an ARN of either. */
const KNOWN_FORM =
  /^(arn:aws[\w-]*:bedrock:[a-z0-9-]+:\d{0,12}:(foundation-model|inference-profile|application-inference-profile)\/)?([a-z0-9-]+\.){1,2}[a-z0-9][a-z0-9.:-]*$/;

/** @throws ValidationException, in AWS's words, for a name without a provider */
export function requireModel(modelId: string): void {
  if (!KNOWN_FORM.test(modelId)) throw invalid('The provided model identifier is invalid.');
}
