/**
 * The program's code as V8 made it in an earlier run of a command: with the functions that were called, which Node's own
 * compile cache, that keeps what is compiled before anything runs, has to compile again each time. A fifth of the time
 * of a short command.
 *
 * V8 looks at nothing in there, and would run whatever it is given. So a file says what it holds: SHA-256 of all that
 * follows, then a line with name, digest of the source and length of each script, then their code, each at a multiple of eight bytes. Code counts for the
 * very bytes that it was made of.
 */
import { Buffer } from 'node:buffer';
import { hash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { constants, Script } from 'node:vm';

interface Code {
  /** SHA-256 of the source as it is compiled, hex. */
  readonly source: string;
  readonly code: Buffer;
}

/** By the name of the script's file. */
type KeptCode = Map<string, Code>;

type Compiled = Omit<Code, 'code'> & { readonly name: string; readonly script: Script };

export interface Compiler {
  /** A CommonJS module in ASCII, as the function that Node calls. Throws what reading it throws. */
  readonly compile: (path: string) => Script;
  /** At the end of the process: keeps what was missing. Never throws. */
  readonly keep: () => void;
}

/** By what `file` keeps; nothing is thrown for one that cannot be read or written. */
export function createCompiler(file: string): Compiler {
  const kept = readKept(file);
  const compiled: Compiled[] = [];
  let isComplete = true;

  const compile = (path: string): Script => {
    const wrapped = readWrapped(path);
    const name = basename(path);
    const source = hash('sha256', wrapped);
    const known = kept.get(name);
    const code = known?.source === source ? known.code : undefined;
    const script = new Script(wrapped.toString('latin1'), {
      filename: path,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(code === undefined ? {} : { cachedData: code }),
    });
    const isKept = code !== undefined && script.cachedDataRejected !== true;
    // Of another build, or another V8: so is the rest.
    if (known !== undefined && !isKept) kept.clear();
    isComplete &&= isKept;
    compiled.push({ name, source, script });
    return script;
  };
  const keep = () => {
    if (isComplete) return;
    for (const { name, source, script } of compiled)
      kept.set(name, { source, code: script.createCachedData() });
    try {
      replace(file, encode(kept));
    } catch {
      // It is compiled again.
    }
  };
  return { compile, keep };
}

const [head, tail] = ['(function (exports, require, module, __filename, __dirname) { ', '\n})'].map((text) =>
  Buffer.from(text),
) as [Buffer, Buffer];

/** Whatever was read last is written over: fresh memory for each script is what takes the most of the time. */
let scratch = Buffer.alloc(0);

/** A module, as the function that it is the body of; valid until the next. */
function readWrapped(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const end = head.length + size;
    if (scratch.length < end + tail.length) scratch = Buffer.allocUnsafeSlow(2 * (end + tail.length));
    head.copy(scratch);
    for (let at = head.length; at < end;) {
      const count = readSync(file, scratch, at, end - at, null);
      if (count === 0) throw new Error(`${path}: shorter than it was`);
      at += count;
    }
    tail.copy(scratch, end);
    return scratch.subarray(0, end + tail.length);
  } finally {
    closeSync(file);
  }
}

type Wrapper = (...given: readonly unknown[]) => void;

/** From here on this program's scripts are loaded so. They stand beside each other, and name each other so: nothing is looked for. */
export function loadScriptsBy(compile: (path: string) => Script): void {
  const require = createRequire(import.meta.url);
  const run = (module: { exports: unknown }, path: string): void => {
    const directory = dirname(path);
    // Not by `join`, which is compiled for it, and looks for what is not there.
    const requireFrom = (id: string): unknown =>
      id.startsWith('./') ? load(`${directory}/${id.slice('./'.length)}`) : require(id);
    const wrapper = compile(path).runInThisContext() as Wrapper;
    wrapper(module.exports, requireFrom, module, path, directory);
  };
  const loaded = new Map<string, { exports: unknown }>();
  const load = (path: string): unknown => {
    const known = require.cache[path] ?? loaded.get(path);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    run(module, path);
    return module.exports;
  };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor takes source, and no compiled code
  require.extensions['.cjs'] = run;
}

function readKept(file: string): KeptCode {
  try {
    return decode(readFileSync(file));
  } catch {
    // There is none yet, or it is not whole.
    return new Map();
  }
}

const digestBytes = 32;

/** V8 takes code from where it is, if that is an address like this one, and copies it if not. */
const alignment = 8;
const aligned = (length: number): number => Math.ceil(length / alignment) * alignment;

function encode(kept: KeptCode): Buffer {
  const index = JSON.stringify([...kept].map(([name, { source, code }]) => [name, source, code.length]));
  const content = Buffer.concat([
    Buffer.from(`${index.padEnd(aligned(index.length + 1) - 1)}\n`),
    ...[...kept.values()].map(({ code }) => Buffer.concat([code], aligned(code.length))),
  ]);
  return Buffer.concat([hash('sha256', content, 'buffer'), content]);
}

/** Throws where it is not whole. */
function decode(bytes: Buffer): KeptCode {
  const content = bytes.subarray(digestBytes);
  if (!hash('sha256', content, 'buffer').equals(bytes.subarray(0, digestBytes))) throw new Error('not whole');
  let at = content.indexOf('\n') + 1;
  const index = JSON.parse(content.toString('utf8', 0, at)) as [name: string, source: string, size: number][];
  return new Map(
    index.map(([name, source, size]) => {
      const code = content.subarray(at, at + size);
      at += aligned(size);
      return [name, { source, code }];
    }),
  );
}

/** A process that is ended meanwhile leaves the file as it was. */
function replace(file: string, bytes: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
