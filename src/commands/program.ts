/** The command line's shape: one registration a command. */
import { Command } from 'commander';
import { registerFetchDeb } from './fetch-deb.ts';
import type { Host } from './host.ts';
import { registerMirror } from './mirror.ts';
import { registerPackage } from './package.ts';
import { registerRender } from './render.ts';
import { registerStage } from './stage.ts';
import { registerUpdateTrust } from './update-trust.ts';
import { registerUpdateManifests } from './update-manifests.ts';
import { registerVerify } from './verify.ts';
import { registerVerifyBlob } from './verify-blob.ts';
import { registerVerifyBundle } from './verify-bundle.ts';
import { registerVerifyChecksums } from './verify-checksums.ts';
import { registerVerifyKeys } from './verify-keys.ts';
import { registerVerifyRelease } from './verify-release.ts';
import { version } from './version.ts';

export function createProgram(host: Host): Command {
  const program = new Command('assay')
    .description('Resolves what a VM is built from through verified chains, and stages exactly those bytes.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print help')
    .helpCommand(false)
    .exitOverride()
    // A command's own --version (of a package) is not the program's.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 2 wrong usage or file, 3 --check found changes, 4 network,\n' +
        '  5 refused by a check, 6 refused until a person decides, 1 a bug in assay.',
    );
  // Subcommands inherit what is set here.
  registerUpdateManifests(program, host);
  registerUpdateTrust(program, host);
  registerStage(program, host);
  registerMirror(program, host);
  registerPackage(program, host);
  registerVerify(program, host);
  registerRender(program, host);
  registerVerifyRelease(program, host);
  registerVerifyKeys(program, host);
  registerVerifyBundle(program, host);
  registerVerifyBlob(program, host);
  registerVerifyChecksums(program, host);
  registerFetchDeb(program, host);
  return program;
}
