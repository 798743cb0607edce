/**
 * The default entry of systemd-boot: `loader.conf` and the entries beside it, in the order that it has them (UAPI.1,
 * "Sorting"). Boot counting and unified kernel images are left to it.
 */
import { type BootDisk, type BootEntry, unbootable } from './boot-disk.ts';
import { keywordLines, bootEntriesIn, type BootLoaderEntry } from './boot-entries.ts';
import { compareBootVersions } from './version-order.ts';

/** Undefined where the partition has no such entries. Throws VerificationError. */
export function systemdBootEntry(disk: BootDisk, partition: number): BootEntry | undefined {
  const entries = [...bootEntriesIn(disk, partition)].sort(inOrder);
  if (entries.length === 0) return undefined;
  const loader = disk.file({ partition, path: '/loader/loader.conf' });
  const wanted = loader === undefined ? undefined : keywordLines(loader).get('default');
  // systemd-boot takes the first one, too, where none is called so.
  const named = entries.find(({ id }) => wanted !== undefined && matchesGlob(wanted, `${id}.conf`));
  const { lines, id } = named ?? entries[0] ?? {};
  const kernel = lines?.get('linux');
  const initrds = (lines?.get('initrd') ?? '').split(/\s+/).filter((word) => word !== '');
  const [initrd] = initrds;
  if (kernel === undefined || initrd === undefined || initrds.length > 1) {
    throw unbootable(`the boot entry ${id ?? ''} has not one kernel with one initrd`);
  }
  const cmdline = lines?.get('options') ?? '';
  return { kernel: { partition, path: kernel }, initrd: { partition, path: initrd }, cmdline };
}

/** Those with a sort key first, by it; then the newest version, then the last name. */
function inOrder(one: BootLoaderEntry, other: BootLoaderEntry): number {
  const keys = [one, other].map(({ lines }) => lines.get('sort-key'));
  const versions = [one, other].map(({ lines }) => lines.get('version') ?? '');
  if (keys[0] !== keys[1]) {
    if (keys[0] === undefined || keys[1] === undefined) return keys[0] === undefined ? 1 : -1;
    return keys[0] < keys[1] ? -1 : 1;
  }
  const byVersion = keys[0] === undefined ? 0 : compareBootVersions(versions[1] ?? '', versions[0] ?? '');
  return byVersion || compareBootVersions(other.id, one.id);
}

/** `*` and `?` of fnmatch(3), without going back further than to the last `*`. */
function matchesGlob(glob: string, text: string): boolean {
  let [at, star, mark] = [0, -1, 0];
  for (let i = 0; i < text.length;) {
    if (glob[at] === '*') [star, mark, at] = [at, i, at + 1];
    else if (at < glob.length && (glob[at] === '?' || glob[at] === text[i])) [at, i] = [at + 1, i + 1];
    else if (star !== -1) [at, mark, i] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  return /^\**$/.test(glob.slice(at));
}
