/** Where this project is: the repository of package.json, which a test compares. */
export const repository = 'podplane/assay';

/** The entry of an error's code in the reference. */
export function errorReference(code: string): string {
  return `https://github.com/${repository}/blob/main/docs/errors.md#${code.toLowerCase()}`;
}
