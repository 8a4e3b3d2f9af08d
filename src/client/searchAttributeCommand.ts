/**
 * The command by which an operator registers search attributes, where attune may not do it itself.
 * @module
 */
export interface TemporalPlace {
  address?: string;
  namespace: string;
}

export interface MissingAttribute {
  name: string;
  type: string;
}

/** Temporal Cloud has a command of its own for it. */
export function registerCommand(place: TemporalPlace, missing: readonly MissingAttribute[]): string {
  const { namespace } = place;
  return isCloud(place)
    ? `tcld namespace search-attributes add --namespace ${namespace} ${missing
        .map(({ name, type }) => `--search-attribute "${name}=${type}"`)
        .join(' ')}`
    : `temporal operator search-attribute create --namespace ${namespace} ${missing
        .map(({ name, type }) => `--name ${name} --type ${type}`)
        .join(' ')}`;
}

/** By the address; where a private link has one of its own, by the namespace: `<name>.<account>`. */
const isCloud = ({ address = '', namespace }: TemporalPlace): boolean =>
  /\.(tmprl\.cloud|api\.temporal\.io)(:\d+)?$/.test(address) || /^[a-z0-9-]+\.[a-z0-9]{5}$/.test(namespace);
