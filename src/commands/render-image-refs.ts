/** `assay render image-refs`: the images of a manifest, by the references of a registry that stands in for theirs. */
import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import type { DocumentOf } from '../formats/own/documents/documents.ts';
import { schemaId } from '../formats/own/documents/name.ts';
import { mirroredImage } from '../formats/own/mirrored-image.ts';
import { imageRefLines, imageRefs, imageRefsHelmValues, parseRegistryHost } from '../render/image-refs.ts';
import type { Host } from './shared/host.ts';
import { readManifest } from './shared/input-files.ts';
import {
  addOutputFileOption,
  refuseInputAsOutput,
  writeJsonResult,
  writeResult,
  type OutputFileFlags,
} from './shared/rendering.ts';

interface Flags extends OutputFileFlags {
  readonly registry: string;
  readonly format?: 'text' | 'json' | 'helm';
  readonly json?: true;
}

export function registerRenderImageRefs(parent: Command, host: Host): void {
  const command = parent
    .command('image-refs')
    .summary("a manifest's images, by the references of a registry that stands in for theirs")
    .description(
      'Writes, for each image of the manifest, its own reference and that in the registry: ' +
        'HOST/mirror/ORIGINAL-REGISTRY/REPOSITORY:TAG@DIGEST. The digest is that of the manifest: whoever pulls by ' +
        'it gets those bytes or none.',
    )
    .argument('<manifest>', '<kind>.<os>.<arch>.json')
    .addOption(
      new Option('--registry <host>', 'HOST or HOST:PORT that has the images below mirror/')
        .argParser(parseRegistryHost)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--format <form>', 'two columns, a JSON document, or values of a chart (default: text)')
        .choices(['text', 'json', 'helm'])
        .conflicts('json'),
    )
    .option('--json', 'the same as --format json');
  addOutputFileOption(command);
  command.addHelpText(
    'after',
    '\nExample:\n  assay render image-refs manifests/knd.debian-13.amd64.json --registry registry.example --format helm',
  );
  command.action(async (file: string, flags: Flags) => {
    await run(file, flags, host);
  });
}

async function run(file: string, flags: Flags, host: Host): Promise<void> {
  const { registry, json, format = json === true ? 'json' : 'text' } = flags;
  await refuseInputAsOutput(flags.output, [file]);
  const { manifest } = await readManifest(file);
  const images = manifest.vmconfig.images.map((image) => mirroredImage(image, basename(file)));
  const refs = imageRefs(images, registry);
  if (format === 'json') {
    const document: DocumentOf<'image-refs'> = { version: 1, registry, images: refs };
    const schema = schemaId('image-refs');
    await writeJsonResult(`${JSON.stringify({ schema, ...document }, undefined, 2)}\n`, flags, host);
    return;
  }
  const text =
    format === 'helm'
      ? imageRefsHelmValues(images, registry)
      : imageRefLines(refs)
          .map((one) => `${one}\n`)
          .join('');
  await writeResult(text, flags, host, 0o644);
}
