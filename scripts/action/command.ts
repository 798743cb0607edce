/**
 * The inputs of action.yml as a command line: words for `spawn`, which no shell reads. A value stands behind `=` or `--`,
 * so that none is taken for a flag.
 */

/** Those of action.yml, but for the token. */
export const inputNames = [
  'command',
  'catalogue',
  'manifests-dir',
  'manifests',
  'trust-dir',
  'directory',
  'arguments',
] as const;

type InputName = (typeof inputNames)[number];

/** Empty where it was not given. */
export type Inputs = Readonly<Record<InputName, string>>;

/** A mistake in the workflow; what it quotes is printable. */
export class InputError extends Error {}

const commands: Readonly<
  Record<string, { readonly words: readonly string[]; readonly inputs: readonly InputName[] }>
> = {
  update: {
    words: ['update-manifests', '--keep-going'],
    inputs: ['catalogue', 'manifests-dir', 'trust-dir'],
  },
  'update-trust': { words: ['update-trust', '--within'], inputs: ['trust-dir'] },
  check: { words: ['update-manifests', '--check'], inputs: ['catalogue', 'manifests-dir', 'trust-dir'] },
  verify: { words: ['verify', '--offline'], inputs: ['manifests-dir', 'manifests', 'trust-dir'] },
  stage: { words: ['stage'], inputs: ['manifests', 'directory', 'trust-dir'] },
};

/** The flags that inputs stand for. */
const flags: Readonly<Record<string, InputName>> = {
  '--catalogue': 'catalogue',
  '--manifests-dir': 'manifests-dir',
  '--trust-dir': 'trust-dir',
  '--dir': 'directory',
};

export interface ActionRun {
  readonly words: readonly string[];
  /** What the command may change: compared before and after. */
  readonly changes: string | undefined;
}

/** `manifestsIn`: the manifests of a folder. Throws InputError. */
export function commandOf(inputs: Inputs, manifestsIn: (folder: string) => readonly string[]): ActionRun {
  const chosen = Object.hasOwn(commands, inputs.command) ? commands[inputs.command] : undefined;
  if (chosen === undefined) {
    throw new InputError(
      `command is ${JSON.stringify(inputs.command)}, expected one of: ${Object.keys(commands).join(', ')}`,
    );
  }
  const own: readonly InputName[] = ['command', 'arguments', ...chosen.inputs];
  for (const name of inputNames) {
    if (inputs[name] !== '' && !own.includes(name)) {
      throw new InputError(`${name} is no input of ${inputs.command}, which has: ${own.join(', ')}`);
    }
    // Of a path with a line feed, half would pass for another output.
    if (name !== 'arguments' && name !== 'manifests' && /[\0-\x1f\x7f]/.test(inputs[name])) {
      throw new InputError(`${name} is ${JSON.stringify(inputs[name])}, expected one line`);
    }
  }
  const further = linesOf(inputs.arguments);
  for (const word of further) {
    const input = flags[word.split('=')[0] ?? ''];
    if (input !== undefined)
      throw new InputError(`arguments has ${JSON.stringify(word)}: use the input ${input}`);
  }
  const given = Object.entries(flags).flatMap(([flag, name]) =>
    inputs[name] === '' || !isFlagOf(inputs.command, name) ? [] : [`${flag}=${inputs[name]}`],
  );
  const manifests = manifestsOf(inputs, manifestsIn);
  return {
    words: [...chosen.words, ...given, ...further, ...(manifests.length === 0 ? [] : ['--', ...manifests])],
    changes: changedBy(inputs),
  };
}

/** `verify` has manifests, and no flag for their folder. */
function isFlagOf(command: string, name: InputName): boolean {
  return !(command === 'verify' && name === 'manifests-dir');
}

function manifestsOf(inputs: Inputs, manifestsIn: (folder: string) => readonly string[]): readonly string[] {
  const named = linesOf(inputs.manifests);
  if (inputs.command === 'stage') {
    if (named.length !== 1) throw new InputError('stage needs manifests: the one to stage');
    if (inputs.directory === '') throw new InputError('stage needs directory: where the artifacts go');
    return named;
  }
  if (inputs.command !== 'verify') return [];
  if (named.length > 0) return named;
  const folder = inputs['manifests-dir'] || 'manifests';
  const found = manifestsIn(folder);
  if (found.length === 0) throw new InputError(`there is no manifest in ${JSON.stringify(folder)}`);
  return found;
}

function changedBy(inputs: Inputs): string | undefined {
  if (inputs.command === 'update-trust') return inputs['trust-dir'] || 'trust';
  if (inputs.command !== 'update') return undefined;
  const folder = (inputs.catalogue || 'manifests/catalogue.yaml').replace(/\/?[^/]*$/, '');
  return inputs['manifests-dir'] || folder || '.';
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** `<kind>.<os>.<arch>.json`. */
export function isManifestName(name: string): boolean {
  return /^[a-z][a-z0-9-]*\.[a-z][a-z0-9.-]*\.(?:amd64|arm64)\.json$/.test(name);
}

/** Lines for the file that `GITHUB_OUTPUT` names. `delimiter` is of this run alone. */
export function renderOutputs(outputs: Readonly<Record<string, string>>, delimiter: string): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      if (value.includes(delimiter)) throw new InputError(`the output ${name} has the delimiter in it`);
      return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
    })
    .join('');
}
