/**
 * What a VM's user-data needs besides the manifest: a YAML file of the user's, or flags. Most of it is a secret or
 * leads to one, so that no message quotes a value.
 */
import { check, type Problem } from '../formats/text/problems.ts';
import { parseYamlDocument } from '../formats/own/yaml-document.ts';
import { UsageError } from '../model/errors.ts';
import { fieldsSchema, type UserDataValues } from './user-data-schema.ts';
import { vmconfigProblems } from './vmconfig-environment.ts';

const valuesSchema = (isTemplate: boolean) =>
  fieldsSchema(isTemplate).superRefine((values, context) => {
    for (const message of vmconfigProblems(values))
      context.addIssue({ code: 'custom', message, path: ['env'] });
  });
const schemas = { plain: valuesSchema(false), template: valuesSchema(true) };
const schemaFor = ({ isTemplate = false }: ValuesOptions) => (isTemplate ? schemas.template : schemas.plain);

const secret = { showsValues: false };

/** Values that flags give in place of the file's; of the same form as in the file. */
export interface ValueOverrides {
  readonly hostname?: string | undefined;
  readonly sshUser?: string | undefined;
  readonly sshAuthorizedKeys?: readonly string[] | undefined;
  readonly registrationUrl?: string | undefined;
  readonly nonce?: string | undefined;
  readonly caCertificate?: string | undefined;
}

export interface ValuesOptions {
  /** Fields like `{{ .Instance.ID }}` may stand for what differs from VM to VM. */
  readonly isTemplate?: boolean;
}

/** Text of the user's; `file` is for messages. Throws UsageError `VALUES_INVALID`, with the line of each mistake. */
export function parseUserDataValues(
  text: string,
  file: string,
  overrides: ValueOverrides = {},
  options: ValuesOptions = {},
): UserDataValues {
  const document = parseYamlDocument(text, file, 'VALUES_INVALID', secret);
  const problems: Problem[] = [];
  const merged = withOverrides(document.value ?? {}, overrides);
  const values = check(schemaFor(options), merged, [], problems, secret);
  if (values !== undefined) return values;
  const shown = problems.map((problem) => ({ ...problem, shownPath: shownPath(problem) }));
  throw document.failure(shown, 'docs/vm.md lists what goes in.');
}

/** Words of ours alone: a key that nobody knows, or the name of a variable, can be a secret whose quotes were forgotten. */
function shownPath({ path, at }: Problem): readonly PropertyKey[] {
  if (path[0] === 'env') return ['env'];
  return at === 'key' ? path.slice(0, -1) : path;
}

/** Of flags alone. Throws UsageError `VALUES_INVALID`. */
export function userDataValuesOf(overrides: ValueOverrides, options: ValuesOptions = {}): UserDataValues {
  const problems: Problem[] = [];
  const values = check(schemaFor(options), withOverrides({}, overrides), [], problems, secret);
  if (values !== undefined) return values;
  const listed = problems.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new UsageError('VALUES_INVALID', ['the values of the user-data:', ...listed].join('\n'), {
    hint: 'Give them by flags, or in a file with --values.',
  });
}

function withOverrides(value: unknown, { registrationUrl, ...others }: ValueOverrides): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const given = Object.fromEntries(Object.entries(others).filter(([, one]) => one !== undefined));
  const merged: Record<string, unknown> = { ...value, ...given };
  if (registrationUrl === undefined) return merged;
  const before = merged['registration'];
  return { ...merged, registration: { ...(typeof before === 'object' ? before : {}), url: registrationUrl } };
}
