/**
 * The command line's shape: a line each command. What a command needs is loaded when it is the one that is run, which
 * is most of the time that a short one takes.
 */
import { Command, Help, type OutputConfiguration } from 'commander';
import { addHelpCommand } from './help.ts';
import { suggestChoices } from './shared/suggest.ts';
import type { Host } from './shared/host.ts';
import { exitCodes } from '../model/exit-codes.ts';
import { version } from '../model/version.ts';
import { wrap } from '../render/wrap.ts';

type WholeProgram = () => Promise<Command>;

interface Entry {
  readonly summary: string;
  /** For scripts of ours alone. */
  readonly isHidden?: true;
  /** What adds arguments, options and the action to the command. */
  readonly load: () => Promise<(command: Command, host: Host, whole: WholeProgram) => void>;
}

/** In the order of `--help`. */
const entries: Readonly<Record<string, Entry>> = {
  'update-manifests': {
    summary: 'resolve the catalogue into manifests, each entry through a verified chain',
    load: async () => (await import('./update-manifests.ts')).defineUpdateManifests,
  },
  'update-trust': {
    summary: 'refresh the pinned trust anchors, and show what changes in them',
    load: async () => (await import('./update-trust.ts')).defineUpdateTrust,
  },
  stage: {
    summary: "download a manifest's artifacts, verify them, and put them in place",
    load: async () => (await import('./stage.ts')).defineStage,
  },
  mirror: {
    summary: 'make a directory the mirror of manifests, for object storage or an air gap',
    load: async () => (await import('./mirror.ts')).defineMirror,
  },
  push: {
    summary: 'put manifests, their files, evidence and images into a registry',
    load: async () => (await import('./push.ts')).definePush,
  },
  add: {
    summary: 'find the strongest proof that an upstream publishes, and write source and entry with it',
    load: async () => (await import('./add.ts')).defineAdd,
  },
  trust: {
    summary: 'add a trust anchor: a key whose fingerprint was compared',
    load: async () => (await import('./trust.ts')).defineTrust,
  },
  init: {
    summary: 'start a repository: catalogue, pins and workflow',
    load: async () => (await import('./init.ts')).defineInit,
  },
  import: {
    summary: "add to the catalogue what another tool knows: packages of aqua's registry",
    load: async () => (await import('./import.ts')).defineImport,
  },
  package: {
    summary: "make a release of a VM's own configuration: tarball, manifest, checksums",
    load: async () => (await import('./package.ts')).definePackage,
  },
  verify: {
    summary: 'compare what is there with what was vouched for',
    load: async () => (await import('./verify.ts')).defineVerify,
  },
  diff: {
    summary: 'say what changed in manifests, and in why they are believed, most dangerous first',
    load: async () => (await import('./diff.ts')).defineDiff,
  },
  sbom: {
    summary: 'write a bill of materials of manifests: CycloneDX 1.6',
    load: async () => (await import('./sbom.ts')).defineSbom,
  },
  attest: {
    summary: 'judge manifests again, and state it: an in-toto statement with a SLSA verification summary',
    load: async () => (await import('./attest.ts')).defineAttest,
  },
  'fetch-evidence': {
    summary: 'fetch what proofs rest on and is too large to be kept beside manifests',
    load: async () => (await import('./fetch-evidence.ts')).defineFetchEvidence,
  },
  explain: {
    summary: 'show why an entry is believed, link by link, or the link that does not hold',
    load: async () => (await import('./explain.ts')).defineExplain,
  },
  report: {
    summary: 'write who vouched for what as a page of HTML, the weakest first',
    load: async () => (await import('./report.ts')).defineReport,
  },
  render: {
    summary: 'write what VMs and clusters are told, from a manifest',
    load: async () => (await import('./render.ts')).defineRender,
  },
  'verify-release': {
    summary: 'verify an InRelease file, and print the text that was signed',
    load: async () => (await import('./verify-release.ts')).defineVerifyRelease,
  },
  'verify-keys': {
    summary: 'verify that a file holds exactly the pinned keys, and that they may vouch',
    load: async () => (await import('./verify-keys.ts')).defineVerifyKeys,
  },
  'verify-bundle': {
    summary: 'verify a Sigstore bundle of a file, or of its digest',
    load: async () => (await import('./verify-bundle.ts')).defineVerifyBundle,
  },
  'verify-blob': {
    summary: 'verify a detached Sigstore signature and its certificate',
    load: async () => (await import('./verify-blob.ts')).defineVerifyBlob,
  },
  'verify-checksums': {
    summary: 'verify files against a checksum file, and the signature of that',
    load: async () => (await import('./verify-checksums.ts')).defineVerifyChecksums,
  },
  'fetch-deb': {
    summary: 'resolve one package of an apt repository through its whole chain, and download it',
    load: async () => (await import('./fetch-deb.ts')).defineFetchDeb,
  },
  doctor: {
    summary: 'look at this machine: what of it resolving and staging go by',
    load: async () => (await import('./doctor.ts')).defineDoctor,
  },
  completion: {
    summary: 'print what bash, zsh or fish completes command lines by',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
  man: {
    summary: 'print the manual page of a command',
    load: async () => (await import('./man.ts')).defineMan,
  },
  __names: {
    summary: 'print the names of a catalogue',
    isHidden: true,
    load: async () => (await import('./names.ts')).defineNames,
  },
};

/**
 * `args`: what will be parsed, without Node and the script. The command that it names can be run; the others are named.
 * Help goes where `output` says; errors are thrown, and printed by nobody here.
 */
export async function createProgram(
  host: Host,
  args: readonly string[],
  output: OutputConfiguration = {},
): Promise<Command> {
  // The program's own options have no values: what is no option is the command, or the one that help is wanted of.
  const wanted = args.find((arg) => !arg.startsWith('-') && arg !== 'help');
  return programOf(host, output, (name) => name === wanted);
}

/** With every command defined: for what is made of all their help. */
export function createWholeProgram(host: Host): Promise<Command> {
  return programOf(host, {}, () => true);
}

async function programOf(
  host: Host,
  output: OutputConfiguration,
  isWanted: (name: string) => boolean,
): Promise<Command> {
  const list = exitCodes.map(([code, meaning]) => `${code} ${meaning}`);
  const program = new Command('assay')
    .summary('decide what may go into a VM, and stage exactly that')
    .description('Resolves what a VM is built from through verified chains, and stages exactly those bytes.')
    .version(
      version,
      '--version',
      'print the version; with --verbose, what it was built from and its trust anchors',
    )
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ ...output, outputError: () => undefined })
    // A command's own --version (of a package) is not the program's.
    .enablePositionalOptions()
    // Names alone: what the others take is not loaded.
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name(), formatItem })
    .showSuggestionAfterError(false)
    .addHelpText('after', `\nExit codes: ${list.slice(0, 4).join(', ')},\n  ${list.slice(4).join(', ')}.`);
  const whole = () => createWholeProgram(host);
  for (const [name, { summary, isHidden = false, load }] of Object.entries(entries)) {
    // It inherits what is set above.
    const command = program.command(name, { hidden: isHidden }).summary(summary);
    if (!isWanted(name)) continue;
    (await load())(command, host, whole);
    suggestChoices(command);
  }
  addHelpCommand(program);
  return program;
}

/** Where there is no room beside it, what a flag means stands below it. */
function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? 80;
  if (description === '' || width - termWidth - 4 >= helper.minWidthToWrap) {
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
  }
  return [`  ${term}`, ...wrap(description, width, '      ')].join('\n');
}
