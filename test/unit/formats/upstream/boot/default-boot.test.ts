import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  keyOf,
  type BootEntry,
  type BootPartition,
} from '../../../../../src/formats/upstream/boot/boot-disk.ts';
import { defaultBoot } from '../../../../../src/formats/upstream/boot/default-boot.ts';
import { VerificationError, type VerificationCode } from '../../../../../src/model/errors.ts';
import { cpuMsOf } from '../../../../support/growth.ts';
import { refusal } from '../../../../support/refusals.ts';
import { root } from '../../../../support/run-assay.ts';

const partitions: readonly BootPartition[] = [
  { number: 1, uuid: '11111111-aaaa-4aaa-8aaa-111111111111', label: 'cloudimg-rootfs' },
  { number: 15, uuid: 'ABCD-1234', label: 'UEFI' },
  { number: 16, uuid: '66666666-bbbb-4bbb-8bbb-666666666666', label: 'BOOT' },
];

/** By partition and path. */
type Files = Readonly<Record<string, string>>;

/** What is started, of a disk with these files alone. */
function bootOf(files: Files, given = partitions): BootEntry {
  const documents = new Map<string, Uint8Array | readonly string[] | undefined>();
  for (let asked = 0; asked < 1000; asked += 1) {
    const found = defaultBoot(given, documents, 'amd64');
    if (!('need' in found)) return found;
    const { what, partition, path } = found.need;
    const at = `${String(partition)}:${path}`;
    const names = Object.keys(files).flatMap((name) =>
      name.startsWith(`${at}/`) && !name.slice(at.length + 1).includes('/')
        ? [name.slice(at.length + 1)]
        : [],
    );
    const text = files[at];
    documents.set(
      keyOf(found.need),
      what === 'folder' ? names : text === undefined ? undefined : Buffer.from(text),
    );
  }
  throw new Error('it asks and asks');
}

const grub = (text: string, more: Files = {}) => bootOf({ '1:/boot/grub/grub.cfg': text, ...more });

function entry(title: string, name: string, options = `root=LABEL=x ro ${name}`): string {
  return `menuentry '${title}' --class os --id 'id-${name}' {\n linux /boot/vmlinuz-${name} ${options}\n initrd /boot/initrd-${name}\n}\n`;
}
const three =
  entry('One', 'a') +
  entry('Two', 'b') +
  `submenu 'More' --id more {\n${entry('Old', 'c')}${entry('Older', 'd')}}\n`;

const kernelOf = (found: BootEntry) => found.kernel.path;

describe("GRUB's default entry", () => {
  it('is read out of what grub-mkconfig wrote on Debian 13', async () => {
    const text = await readFile(join(root, 'test/fixtures/boot/debian-13-grub.cfg'), 'utf8');
    const version = '6.12.117+deb13-cloud-amd64';
    expect(grub(text)).toEqual({
      kernel: { partition: 1, path: `/boot/vmlinuz-${version}` },
      initrd: { partition: 1, path: `/boot/initrd.img-${version}` },
      cmdline:
        'root=PARTUUID=80a1ecba-97ea-4db3-8cb2-4e892a6ed797 ro console=tty0 console=ttyS0,115200 ' +
        'earlyprintk=ttyS0,115200 consoleblank=0',
    });
  });

  it('is on the partition that is searched for, as on Ubuntu', () => {
    const text = `
if [ -s $prefix/grubenv ]; then set have_grubenv=true; load_env; fi
if [ "\${next_entry}" ] ; then set default="\${next_entry}"; else set default="0"; fi
function recordfail {
  set recordfail=1
  if [ -n "\${have_grubenv}" ]; then if [ -z "\${boot_once}" ]; then save_env recordfail; fi; fi
}
if [ x"\${feature_menuentry_id}" = xy ]; then menuentry_id_option="--id"; else menuentry_id_option=""; fi
menuentry 'Ubuntu' --class ubuntu $menuentry_id_option 'gnulinux-simple-x' {
	recordfail
	if [ "\${grub_platform}" = xen ]; then insmod xzio; insmod lzopio; fi
	set root='hd0,gpt1'
	if [ x$feature_platform_search_hint = xy ]; then
	  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt16 66666666-bbbb-4bbb-8bbb-666666666666
	else
	  search --no-floppy --fs-uuid --set=root 66666666-bbbb-4bbb-8bbb-666666666666
	fi
	linux	/vmlinuz-6.8.0-99-generic root=LABEL=cloudimg-rootfs ro  console=tty1 console=ttyS0 $vt_handoff
	initrd	/initrd.img-6.8.0-99-generic
}`;
    const found = bootOf({ '16:/grub/grub.cfg': text });
    expect(found.kernel).toEqual({ partition: 16, path: '/vmlinuz-6.8.0-99-generic' });
    expect(found.cmdline).toBe('root=LABEL=cloudimg-rootfs ro console=tty1 console=ttyS0');
  });

  const env = (text: string) => ({ '1:/boot/grub/grubenv': `# GRUB Environment Block\n${text}\n####` });

  it.each<[what: string, head: string, kernel: string, more?: Files]>([
    ['a number', 'set default=1', 'b'],
    ['a number within a submenu', 'set default="2>1"', 'd'],
    ['a submenu: its first', 'set default=2', 'c'],
    ['a title', 'set default=Two', 'b'],
    ['an ID', 'set default="id-b"', 'b'],
    ['IDs of a submenu', 'set default="more>id-d"', 'd'],
    ['what is not there: the first', 'set default=nothing', 'a'],
    ['a number too high: the first', 'set default=9', 'a'],
    ['what was saved', 'load_env\nset default="${saved_entry}"', 'b', env('saved_entry=id-b')],
    [
      'a backslash in what was saved',
      'load_env\nset default="${saved_entry}"',
      'b',
      env('x=a\\\\\nsaved_entry=id\\-b'),
    ],
    ['nothing that was saved', 'load_env\nset default="${saved_entry}"', 'a'],
    ['a test of a file', 'if [ -f $prefix/x ]; then set default=1; fi', 'b', { '1:/boot/grub/x': '' }],
    ['a test of a file that is not there', 'if [ -f $prefix/x ]; then set default=1; fi', 'a'],
    ['an empty file', 'if [ -s $prefix/x ]; then set default=1; fi', 'a', { '1:/boot/grub/x': '' }],
    ['another file', 'source $prefix/x', 'b', { '1:/boot/grub/x': 'set default=1' }],
    [
      'elif',
      'if false; then set default=0; elif [ a != b -a ! 1 -gt 2 ]; then set default=1; else set default=2; fi',
      'b',
    ],
    ['a comment, and a line that goes on', '# set default=2\nset \\\ndefault=1 # set default=2', 'b'],
    ['quotes', `set default='Tw'"o"`, 'b'],
    ['a function with arguments', 'function f { set default="$2"; }\nf 0 1', 'b'],
  ])('is named by %s', (_, head, kernel, more) => {
    expect(kernelOf(grub(`${head}\n${three}`, more))).toBe(`/boot/vmlinuz-${kernel}`);
  });

  it('has words of its command line quoted as GRUB passes them on, and no BOOT_IMAGE', () => {
    const options = 'BOOT_IMAGE=/x a="b c" d\\"e $none "$none" \'f;g\'';
    expect(grub(entry('One', 'a', options)).cmdline).toBe('"a=b c" d\\"e  f;g');
  });

  it('takes boot loader entries in the order of their versions, with variables', () => {
    const text = 'set root=hd0,gpt16\nset kernelopts="root=x ro"\nblscfg\n';
    const file = (version: string) =>
      `title Fedora\nversion ${version}\nlinux /vmlinuz-${version}\ninitrd /initramfs-${version}.img\noptions $kernelopts quiet\n`;
    const versions = ['6.9.1-1.fc', '6.10.2-1.fc', '6.10.2~rc1-1.fc'];
    const files = Object.fromEntries(versions.map((one) => [`16:/loader/entries/id-${one}.conf`, file(one)]));
    expect(bootOf({ '1:/boot/grub2/grub.cfg': text, ...files })).toEqual({
      kernel: { partition: 16, path: '/vmlinuz-6.10.2-1.fc' },
      initrd: { partition: 16, path: '/initramfs-6.10.2-1.fc.img' },
      cmdline: 'root=x ro quiet',
    });
  });
});

describe('systemd-boot', () => {
  const file = (version: string, more = '') =>
    `# comment\ntitle x\nversion ${version}\nlinux /k-${version}\ninitrd /i-${version}\noptions root=x\noptions ro\n${more}`;
  const entries = {
    '15:/loader/entries/os-1.9.conf': file('1.9'),
    '15:/loader/entries/os-1.10.conf': file('1.10'),
    '15:/loader/entries/readme.txt': 'x',
  };

  it('starts the newest version, and what loader.conf names', () => {
    expect(bootOf(entries)).toMatchObject({ kernel: { path: '/k-1.10' }, cmdline: 'root=x ro' });
    const named = { ...entries, '15:/loader/loader.conf': 'timeout 3\ndefault os-1.?.conf\n' };
    expect(kernelOf(bootOf(named))).toBe('/k-1.9');
    const sorted = { ...entries, '15:/loader/entries/a.conf': file('0.1', 'sort-key a\n') };
    expect(kernelOf(bootOf(sorted))).toBe('/k-0.1');
  });
});

describe('what cannot be one kernel with one initrd', () => {
  const nested = (count: number) => 'if true; then '.repeat(count) + 'fi; '.repeat(count);
  const doubling = Array.from({ length: 40 }, () => 'set a="$a$a"').join('\n');
  it.each<[what: string, files: Files, code?: VerificationCode]>([
    ['no boot loader', {}],
    ['a menu without an entry', { '1:/boot/grub/grub.cfg': 'set default=0' }],
    ['two menus', { '1:/boot/grub/grub.cfg': three, '16:/grub/grub.cfg': three }],
    ['no initrd', { '1:/boot/grub/grub.cfg': 'menuentry a { linux /k; }' }],
    ['no kernel', { '1:/boot/grub/grub.cfg': 'menuentry a { chainloader /x; }' }],
    ['two initrds', { '1:/boot/grub/grub.cfg': 'menuentry a { linux /k; initrd /a /b; }' }],
    ['another disk', { '1:/boot/grub/grub.cfg': 'menuentry a { linux (hd1,gpt1)/k; initrd /a; }' }],
    [
      'a partition that is not there',
      { '1:/boot/grub/grub.cfg': 'set root=hd0,gpt9\nmenuentry a { linux /k; initrd /a; }' },
    ],
    ['a relative path', { '1:/boot/grub/grub.cfg': 'menuentry a { linux k; initrd /a; }' }],
    ['a quotation without an end', { '1:/boot/grub/grub.cfg': `${three}set a="b` }],
    ['a block without an end', { '1:/boot/grub/grub.cfg': 'menuentry a { linux /k' }],
    ['a condition without an end', { '1:/boot/grub/grub.cfg': 'if true; then set a=b' }],
    ['a loop', { '1:/boot/grub/grub.cfg': 'while true; do set a=b; done' }],
    ['a pipe', { '1:/boot/grub/grub.cfg': 'cat x | y' }],
    ['blocks in each other', { '1:/boot/grub/grub.cfg': nested(1000) }],
    ['a function that calls itself', { '1:/boot/grub/grub.cfg': 'function f { f; }\nf' }, 'LIMIT_EXCEEDED'],
    [
      'a function that calls itself twice',
      { '1:/boot/grub/grub.cfg': 'function f { f; f; }\nf' },
      'LIMIT_EXCEEDED',
    ],
    ['a file that reads itself', { '1:/boot/grub/grub.cfg': 'source $config_file' }, 'LIMIT_EXCEEDED'],
    [
      'a variable that runs itself',
      { '1:/boot/grub/grub.cfg': "set a='eval $a'\neval $a" },
      'LIMIT_EXCEEDED',
    ],
    [
      'a long file that is read again and again',
      {
        '1:/boot/grub/grub.cfg': `function f { ${'source /long; '.repeat(100)} }\n${'f\n'.repeat(1000)}`,
        '1:/long': '#'.repeat(200_000),
      },
      'LIMIT_EXCEEDED',
    ],
    [
      'a test that negates without end',
      { '1:/boot/grub/grub.cfg': `test ${'! '.repeat(200_000)} a` },
      'LIMIT_EXCEEDED',
    ],
    [
      'a test of many parts',
      { '1:/boot/grub/grub.cfg': `test a ${'-o a '.repeat(50_000)}` },
      'LIMIT_EXCEEDED',
    ],
    ['a variable that doubles', { '1:/boot/grub/grub.cfg': `set a=aaaaaaaa\n${doubling}` }, 'LIMIT_EXCEEDED'],
    [
      'menus in each other',
      { '1:/boot/grub/grub.cfg': 'function f { submenu a { f; }; }\nf' },
      'LIMIT_EXCEEDED',
    ],
    ['an entry without initrd', { '15:/loader/entries/a.conf': 'linux /k\n' }],
    [
      'entries on two partitions',
      {
        '15:/loader/entries/a.conf': 'linux /k\ninitrd /i',
        '1:/loader/entries/a.conf': 'linux /k\ninitrd /i',
      },
    ],
  ])('is refused: %s', async (_, files, code = 'EVIDENCE_MALFORMED') => {
    await refusal(() => bootOf(files), VerificationError, code);
  });

  it('takes no long time, whatever the text', () => {
    const long = 1 << 17;
    for (const text of [
      '{'.repeat(long),
      '"'.repeat(long),
      "'a".repeat(long / 2),
      '$'.repeat(long),
      ' '.repeat(long),
      '\\'.repeat(long),
      'a\n'.repeat(long / 2),
      `set default=${'>'.repeat(long / 32)}\n${three}`,
    ]) {
      const takenMs = cpuMsOf(() => {
        for (const path of ['1:/boot/grub/grub.cfg', '15:/loader/entries/a.conf']) {
          try {
            bootOf({ [path]: text });
          } catch (error) {
            expect(error).toBeInstanceOf(VerificationError);
          }
        }
        const grubenv = { '1:/boot/grub/grubenv': `# GRUB Environment Block\n${text}` };
        expect(kernelOf(grub(`load_env\n${three}`, grubenv))).toBe('/boot/vmlinuz-a');
      });
      expect(takenMs, JSON.stringify(text.slice(0, 20))).toBeLessThan(5000);
    }
  });
});
