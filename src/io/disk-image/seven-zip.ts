/** Files of a partition by 7-Zip, which reads ext2-4 and FAT from a file that begins where the partition does. */
import { VerificationError } from '../../model/errors.ts';
import { isPlainPath, type DiskFile, type DiskFileSystem } from '../../model/disk-image.ts';
import { outputOf } from './program.ts';

const listing = { timeoutMs: 300_000, maxBytes: 1 << 30 };
const reading = { timeoutMs: 300_000 };

/** Of a root with all of Debian in it there are some hundred thousand. */
const maxFiles = 4_000_000;

interface Listed {
  readonly folders: ReadonlyMap<string, readonly DiskFile[]>;
  readonly targets: ReadonlyMap<string, string>;
}

/** `partition`: the path of the file, once it is there. */
export function sevenZipFiles(program: string, partition: () => Promise<string>): DiskFileSystem {
  let listed: Promise<Listed> | undefined;
  const all = async () => (listed ??= listFiles(program, await partition()));
  return {
    list: async (folder) => (await all()).folders.get(folder) ?? [],
    target: async (link) => (await all()).targets.get(link) ?? '',
    async *bytes(path, sizeBytes) {
      // A name is no wildcard (-spd), no list of names, and no option, whatever is in it.
      const args = ['e', '-so', '-bd', '-spd', '--', await partition(), path.slice(1)];
      yield* outputOf(program, args, { ...reading, maxBytes: sizeBytes });
    },
  };
}

async function listFiles(program: string, partition: string): Promise<Listed> {
  const folders = new Map<string, DiskFile[]>();
  const targets = new Map<string, string>();
  let fields = new Map<string, string>();
  let count = 0;
  const end = () => {
    const path = `/${fields.get('Path') ?? ''}`;
    if (!isPlainPath(path)) return;
    count += 1;
    if (count > maxFiles)
      throw new VerificationError('LIMIT_EXCEEDED', 'there are too many files in the image');
    const at = path.lastIndexOf('/');
    const kind = kindOf(fields);
    const folder = path.slice(0, at) || '/';
    const file = { name: path.slice(at + 1), kind, sizeBytes: Number(fields.get('Size') ?? '') || 0 };
    const files = folders.get(folder);
    if (files === undefined) folders.set(folder, [file]);
    else files.push(file);
    if (kind === 'link') targets.set(path, fields.get('Symbolic Link') ?? '');
  };
  for await (const line of linesOf(
    outputOf(program, ['l', '-slt', '-ba', '-sccUTF-8', '--', partition], listing),
  )) {
    const equals = line.indexOf(' = ');
    if (equals !== -1) fields.set(line.slice(0, equals), line.slice(equals + 3));
    else if (line === '') {
      end();
      fields = new Map();
    }
  }
  end();
  return { folders, targets };
}

function kindOf(fields: ReadonlyMap<string, string>): DiskFile['kind'] {
  // FAT has no modes.
  const mode = fields.get('Mode') ?? '';
  if (mode.startsWith('l')) return 'link';
  if (mode.startsWith('d') || fields.get('Folder') === '+') return 'folder';
  return mode === '' || mode.startsWith('-') ? 'file' : 'other';
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const chunk of chunks) {
    const lines = (open + decoder.decode(chunk, { stream: true })).split('\n');
    open = lines.pop() ?? '';
    if (open.length > 1 << 16)
      throw new VerificationError('LIMIT_EXCEEDED', 'a name in the image is too long');
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (open !== '') yield open;
}
