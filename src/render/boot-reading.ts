/** Why `os.boot` is believed, as far as it is: what it was read out of, and by what. */
import type { BootReading } from '../formats/own/proof-chain.ts';
import { bytesText, shown, timeText } from './chain-facts.ts';
import { wrap } from './wrap.ts';

/** `width`: in characters. */
export function renderBootReading(reading: BootReading, width: number): readonly string[] {
  const { manifest, image, documents, cmdline, kernel, initrd, tools, readAt } = reading;
  const inside = (text: string) => wrap(text, width, '  │ ', '  │   ');
  const fileLines = (what: string, { partition, path, digest, size }: BootReading['kernel']) => [
    ...wrap(
      `${what}  ${shown(path, 1000)} on partition ${String(partition)}, ${bytesText(size)}`,
      width,
      '    ',
      '      ',
    ),
    ...wrap(digest, width, '      '),
  ];
  return [
    ...wrap('os.boot  recorded: nobody signed', width),
    ...wrap(shown(manifest, 1000), width),
    '',
    ...wrap('the OS image of the manifest, which has a proof of its own', width, '  ', '    '),
    ...inside(shown(image.url, 2000)),
    ...inside(image.digest),
    ...inside(`read by ${shown(tools, 200)} at ${timeText(readAt)}`),
    ...documents.flatMap(({ partition, path, digest }) => [
      ...inside(`✓ ${shown(path, 1000)} on partition ${String(partition)} says so again (kept)`),
      ...inside(digest),
    ]),
    '  ▼',
    ...wrap('what its boot loader starts if nobody chooses', width, '  ', '    '),
    ...wrap(`command line  ${shown(cmdline, 4000)}`, width, '    ', '      '),
    ...fileLines('kernel', kernel),
    ...fileLines('initrd', initrd),
    '',
    ...wrap('not proven', width, '  '),
    ...wrap('that these files are in the image', width, '    ', '      '),
    ...wrap(
      'because: the image is not kept; update-manifests --check --boot reads it again',
      width,
      '      ',
    ),
  ];
}
