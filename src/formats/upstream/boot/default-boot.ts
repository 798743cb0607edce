/**
 * What a disk starts if nobody chooses: the default entry of GRUB's menu, or of systemd-boot. Pure: files are asked for as
 * `BootNeed`s, by a configuration that is a stranger's and is never run.
 */
import { VerificationError } from '../../../model/errors.ts';
import {
  BootDisk,
  NotAtHand,
  unbootable,
  type BootDocuments,
  type BootEntry,
  type BootNeed,
  type BootPartition,
  type BootPath,
} from './boot-disk.ts';
import { GrubRun, type GrubEntry, type Loaded } from './grub-run.ts';
import { systemdBootEntry } from './systemd-boot.ts';

/** Where distributions have it, on a root or on a partition of its own for `/boot`. */
const grubFiles = ['/boot/grub/grub.cfg', '/grub/grub.cfg', '/boot/grub2/grub.cfg', '/grub2/grub.cfg'];

/** Of submenus in each other. */
const maxMenus = 10;

/**
 * The entry, or the next document that has to be at hand. Throws VerificationError `EVIDENCE_MALFORMED` where there is no
 * boot loader that is known, several, or an entry without one kernel and one initrd; `LIMIT_EXCEEDED`.
 */
export function defaultBoot(
  partitions: readonly BootPartition[],
  documents: BootDocuments,
  arch: 'amd64' | 'arm64',
): BootEntry | { readonly need: BootNeed } {
  const disk = new BootDisk(partitions, documents);
  try {
    return grubEntry(disk, arch) ?? systemdEntry(disk);
  } catch (error) {
    if (error instanceof NotAtHand) return { need: error.need };
    throw error;
  }
}

function grubEntry(disk: BootDisk, arch: 'amd64' | 'arm64'): BootEntry | undefined {
  const found = disk.partitions.flatMap(({ number: partition }) =>
    grubFiles.map((path) => ({ partition, path })).filter((at) => disk.file(at) !== undefined),
  );
  const [config, other] = found;
  if (config === undefined) return undefined;
  if (other !== undefined) {
    throw unbootable(`there are two configurations of GRUB, ${textOf(config)} and ${textOf(other)}`);
  }
  const run = new GrubRun(disk, startingVariables(config, arch));
  const entry = chosenOf(run, run.menuOf(config));
  const what = `the default entry ${JSON.stringify(entry.title)} of ${textOf(config)}`;
  if (run.kernel === undefined) throw unbootable(`${what} loads no Linux kernel`);
  const [kernel = '', ...options] = run.kernel.words;
  const [initrd = '', ...more] = run.initrd?.words ?? [];
  if (initrd === '') throw unbootable(`${what} loads no initrd`);
  if (more.length > 0) throw unbootable(`${what} loads ${String(more.length + 1)} initrds`);
  return {
    kernel: placed(run, kernel, run.kernel, what),
    initrd: placed(run, initrd, run.initrd, what),
    cmdline: options
      .filter((option) => !option.startsWith('BOOT_IMAGE='))
      .map(quoted)
      .join(' '),
  };
}

/** Enters submenus, by their defaults, until there is an entry; that is started. */
function chosenOf(run: GrubRun, first: readonly GrubEntry[]): GrubEntry {
  let menu = first;
  let path = run.variables.get('default') ?? '';
  for (let depth = 0; depth < maxMenus; depth += 1) {
    const [name, rest] = headOf(path);
    // What names none is the first one to GRUB.
    const entry = entryNamed(menu, name) ?? menu[0];
    if (entry === undefined) throw unbootable('the menu of GRUB has no entry');
    menu = run.start(entry);
    if (!entry.isSubmenu) return entry;
    path = rest;
  }
  throw new VerificationError('LIMIT_EXCEEDED', 'there are too many menus of GRUB in each other');
}

function entryNamed(menu: readonly GrubEntry[], name: string): GrubEntry | undefined {
  if (/^\d+$/.test(name)) return menu[Number(name)];
  return menu.find(({ title, id }) => title === name || id === name);
}

/** `submenu>entry`, where a `>` of a title is doubled. */
function headOf(path: string): readonly [string, string] {
  const [, head = '', rest = ''] = /^((?:>>|[^>])*)(?:>([^]*))?$/.exec(path) ?? [];
  return [head.replaceAll('>>', '>'), rest];
}

/** As GRUB has them when it begins: what menus ask for is there. */
function startingVariables({ partition, path }: BootPath, arch: 'amd64' | 'arm64') {
  const root = `hd0,gpt${String(partition)}`;
  const prefix = `(${root})${path.replace(/\/[^/]*$/, '')}`;
  const features = ['menuentry_id', 'platform_search_hint', 'default_font_path', 'all_video_module'];
  return {
    ...{ root, prefix, config_directory: prefix, config_file: `(${root})${path}`, default: '0' },
    ...{ grub_cpu: arch === 'amd64' ? 'x86_64' : 'arm64', grub_platform: 'efi' },
    ...Object.fromEntries(
      [...features, 'timeout_style', 'menuentry_options', '200_final', 'nativedisk_cmd'].map((name) => [
        `feature_${name}`,
        'y',
      ]),
    ),
  };
}

function placed(
  run: GrubRun,
  path: string,
  { root }: Loaded = { words: [], root: '' },
  what: string,
): BootPath {
  const place = run.placeOf(path, root);
  if (place === undefined)
    throw unbootable(`${what} loads ${JSON.stringify(path)}, which is on no partition here`);
  return place;
}

/** Into the command line, as GRUB writes it there. */
function quoted(option: string): string {
  const escaped = option.replace(/["'\\]/g, '\\$&');
  return /[\s]/.test(option) ? `"${escaped}"` : escaped;
}

function systemdEntry(disk: BootDisk): BootEntry {
  const found = disk.partitions.flatMap(({ number }) => systemdBootEntry(disk, number) ?? []);
  const [entry, other] = found;
  if (entry !== undefined && other === undefined) return entry;
  throw unbootable(
    entry === undefined
      ? 'there is no configuration of GRUB or systemd-boot in the image'
      : 'there are boot entries on two partitions',
  );
}

function textOf({ partition, path }: BootPath): string {
  return `${path} on partition ${String(partition)}`;
}
