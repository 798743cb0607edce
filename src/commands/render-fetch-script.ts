/** `assay render fetch-script`: a shell script that stages a manifest's artifacts where there is no Node. */
import type { Command } from 'commander';
import { renderFetchScript } from '../render/fetch-script/fetch-script.ts';
import { vmPaths } from '../formats/own/vm-paths.ts';
import type { Host } from './shared/host.ts';
import {
  addRenderedImagesOptions,
  renderedImages,
  type RenderedImagesFlags,
} from './shared/rendered-images.ts';
import { addFromOption, withRenderedFiles, type FromFlags } from './shared/rendered-files.ts';
import {
  addFetchOptions,
  addOutputFileOption,
  fetchOptionsOf,
  refuseInputAsOutput,
  writeResult,
  type OutputFileFlags,
} from './shared/rendering.ts';
import { addSelectionOptions, type SelectionFlags } from './shared/staging.ts';

interface Flags extends OutputFileFlags, FromFlags, SelectionFlags, RenderedImagesFlags {
  readonly dir: string;
  readonly installedFile: string;
}

export function registerRenderFetchScript(parent: Command, host: Host): void {
  const command = parent
    .command('fetch-script')
    .summary("a shell script that downloads and verifies a manifest's artifacts, without Node")
    .description(
      'Writes a POSIX shell script that does what `assay stage` does, with curl and the coreutils, and gives the ' +
        'same verdicts. It goes on where it was cut, and does nothing where installation is complete.',
    )
    .argument('[manifest]', '<kind>.<os>.<arch>.json')
    .option('--dir <dir>', 'where the script stages to', vmPaths.artifacts)
    .option(
      '--installed-file <file>',
      'where this exists, the script does nothing, but for images',
      vmPaths.installed,
    );
  addFromOption(addFetchOptions(addRenderedImagesOptions(addSelectionOptions(addOutputFileOption(command)))));
  command.addHelpText(
    'after',
    '\nExample:\n  assay render fetch-script manifests/knd.debian-13.amd64.json -o fetch.sh && sudo sh fetch.sh',
  );
  command.action(async (file: string | undefined, flags: Flags) => {
    await refuseInputAsOutput(flags.output, file === undefined ? [] : [file]);
    await withRenderedFiles(file, flags, host, async ({ manifest, registry, store, items }) => {
      const { kind, os, version } = manifest.vmconfig;
      const { dir: directory, installedFile } = flags;
      const bases = store !== undefined || flags.mirrorBase === undefined ? [] : [flags.mirrorBase];
      const images = await renderedImages(manifest, flags, { file, bases, store });
      const options = { ...fetchOptionsOf(flags, { registry }), images, directory, installedFile };
      const title = `Artifacts of ${kind} ${os.name} ${os.arch}, vmconfig ${version}.`;
      await writeResult(renderFetchScript(await items(flags), options, title), flags, host, 0o755);
    });
  });
}
