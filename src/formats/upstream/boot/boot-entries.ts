/** Boot Loader Specification, type 1 (UAPI.1): `loader/entries/*.conf`, read by systemd-boot and by GRUB's blscfg. */
import { bootText, type BootDisk } from './boot-disk.ts';
import { compareBootVersions } from './version-order.ts';

export interface BootLoaderEntry {
  /** Its file's name, without `.conf`. */
  readonly id: string;
  readonly title: string;
  /** By keyword; what is given again is joined by blanks. */
  readonly lines: ReadonlyMap<string, string>;
}

/** Of a boot partition, or of a root that has `/boot`: the newest first, as GRUB orders them, which is by their names. */
export function bootEntriesIn(disk: BootDisk, partition: number): readonly BootLoaderEntry[] {
  for (const path of ['/loader/entries', '/boot/loader/entries']) {
    const names = disk.folder({ partition, path }).filter((name) => name.endsWith('.conf'));
    if (names.length === 0) continue;
    return names
      .flatMap((name) => {
        const bytes = disk.file({ partition, path: `${path}/${name}` });
        return bytes === undefined ? [] : [parseBootEntry(bytes, name)];
      })
      .sort((one, other) => compareBootVersions(other.id, one.id));
  }
  return [];
}

function parseBootEntry(bytes: Uint8Array, name: string): BootLoaderEntry {
  const lines = keywordLines(bytes);
  const id = name.replace(/\.conf$/, '');
  return { id, title: lines.get('title') ?? id, lines };
}

/** `keyword value` lines, of entries and of `loader.conf`; `#` begins a comment. */
export function keywordLines(bytes: Uint8Array): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of bootText(bytes).split('\n')) {
    const [, keyword, value = ''] = /^([A-Za-z][A-Za-z0-9_-]*)\s+([^]*)$/.exec(line.trim()) ?? [];
    if (keyword === undefined) continue;
    const before = lines.get(keyword);
    lines.set(keyword, before === undefined ? value : `${before} ${value}`);
  }
  return lines;
}
