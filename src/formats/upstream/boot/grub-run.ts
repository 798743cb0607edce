/**
 * Runs a GRUB configuration as far as it decides what is started: variables, conditions, functions, and the entries of
 * the menu. Commands for screens, modules and serial lines do nothing here, and succeed.
 */
import { VerificationError } from '../../../model/errors.ts';
import { bootEntriesIn } from './boot-entries.ts';
import { bootText, type BootDisk, type BootPath } from './boot-disk.ts';
import { parseGrubEnvironment } from './grub-environment.ts';
import { parseGrubScript, type GrubCommand, type Word } from './grub-script.ts';
import { holdsGrubTest } from './grub-test.ts';
import { expandWord, parseEntryWords, parseSearch, type EntryWords } from './grub-words.ts';

/** An entry of the menu; its block is run when it is chosen. */
export interface GrubEntry extends EntryWords {
  readonly isSubmenu: boolean;
  readonly block: readonly GrubCommand[];
}

/** A command that loads something: its words, and the device that was the root then. */
export interface Loaded {
  readonly words: readonly string[];
  readonly root: string;
}

const maxSteps = 100_000;
const maxCalls = 30;
const maxValueLength = 1 << 16;
/** A negation of a negation is read within it. */
const maxTestWords = 1000;

type Command = (words: readonly string[]) => boolean;

export class GrubRun {
  readonly variables = new Map<string, string>();
  kernel: Loaded | undefined;
  initrd: Loaded | undefined;
  #entries: GrubEntry[] = [];
  #functions = new Map<string, readonly GrubCommand[]>();
  readonly #disk: BootDisk;
  #steps = 0;
  #calls = 0;
  #file = '';

  constructor(disk: BootDisk, variables: Readonly<Record<string, string>>) {
    this.#disk = disk;
    for (const [name, value] of Object.entries(variables)) this.#set(name, value);
  }

  /** The menu that a file makes. */
  menuOf({ partition, path }: BootPath): readonly GrubEntry[] {
    const bytes = this.#disk.file({ partition, path });
    if (bytes !== undefined) this.#runText(bytes, path);
    return this.#entries;
  }

  /** What a chosen entry does: the menu that it makes, if it is a submenu; `kernel` and `initrd` otherwise. */
  start({ block, args, title }: GrubEntry): readonly GrubEntry[] {
    this.#entries = [];
    this.#set('chosen', title);
    this.#withArguments(args, block);
    return this.#entries;
  }

  /** `(hd0,gpt1)/boot/x`, or a path of the root device; undefined for a device that is no partition of this disk. */
  placeOf(text: string, root = this.variables.get('root') ?? ''): BootPath | undefined {
    const [, device = root, path = ''] = /^(?:\(([^)]*)\))?(\/[^]*)$/.exec(text) ?? [];
    const number = Number(/^(?:hd0,)?(?:gpt|msdos)?([1-9]\d{0,2})$/.exec(device)?.[1]);
    if (path === '' || !this.#disk.partitions.some((one) => one.number === number)) return undefined;
    return { partition: number, path };
  }

  #runText(bytes: Uint8Array, file: string): void {
    const outer = this.#file;
    this.#file = file;
    // To read it costs as well, however often it is read.
    this.#count(bytes.byteLength >> 8);
    this.#run(parseGrubScript(bootText(bytes), file));
    this.#file = outer;
  }

  /** Did the last of them succeed? */
  #run(commands: readonly GrubCommand[]): boolean {
    let isGood = true;
    for (const command of commands) {
      this.#count(1);
      isGood = this.#runOne(command);
      this.variables.set('?', isGood ? '0' : '1');
    }
    return isGood;
  }

  #runOne(command: GrubCommand): boolean {
    if (command.kind === 'function') {
      this.#functions.set(command.name, command.body);
      return true;
    }
    if (command.kind === 'if') {
      const taken = command.branches.find(({ when }) => this.#run(when));
      return this.#run(taken?.then ?? command.otherwise);
    }
    const words = command.words.flatMap((word) => this.#expand(word));
    const [name = '', ...args] = words;
    if (command.block !== undefined) return this.#addEntry(name, args, command.block);
    const body = this.#functions.get(name);
    if (body !== undefined) return this.#withArguments(args, body);
    const assigned = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/.exec(name);
    if (assigned?.[1] !== undefined) return this.#set(assigned[1], assigned[2] ?? '');
    return this.#commands[name]?.(args) ?? true;
  }

  /** Commands that decide something; whatever else there is does nothing. */
  readonly #commands: Readonly<Record<string, Command | undefined>> = Object.assign(
    Object.create(null) as Record<string, Command>,
    {
      set: ([text = '']) => {
        const [, name, value = ''] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
        return name === undefined || this.#set(name, value);
      },
      unset: ([name = '']) => this.variables.delete(name) || true,
      false: () => false,
      '[': (words) => this.#test(words.at(-1) === ']' ? words.slice(0, -1) : []),
      test: (words) => this.#test(words),
      load_env: (words) => this.#loadEnvironment(words),
      search: (words) => this.#search(words),
      'search.fs_uuid': ([value = '', name]) => this.#found('uuid', value, name),
      'search.fs_label': ([value = '', name]) => this.#found('label', value, name),
      source: ([path = '']) => this.#include(path),
      '.': ([path = '']) => this.#include(path),
      configfile: ([path = '']) => {
        this.#entries = [];
        return this.#include(path);
      },
      blscfg: () => this.#addBootEntries(),
      linux: (words) => this.#load('kernel', words),
      linux16: (words) => this.#load('kernel', words),
      linuxefi: (words) => this.#load('kernel', words),
      initrd: (words) => this.#load('initrd', words),
      initrd16: (words) => this.#load('initrd', words),
      initrdefi: (words) => this.#load('initrd', words),
      hwmatch: () => false,
      fwsetup: () => false,
      eval: (words) => {
        this.#deeper(() => this.#runText(Buffer.from(words.join(' ')), this.#file));
        return true;
      },
    } satisfies Record<string, Command>,
  );

  #load(what: 'kernel' | 'initrd', words: readonly string[]): boolean {
    this[what] = { words, root: this.variables.get('root') ?? '' };
    return true;
  }

  #test(words: readonly string[]): boolean {
    if (words.length > maxTestWords) throw this.#tooMuch('makes a test too long');
    return holdsGrubTest(words, (path) => this.#disk.file(this.placeOf(path))?.byteLength);
  }

  #loadEnvironment(words: readonly string[]): boolean {
    const given = words[words.findIndex((word) => word === '--file' || word === '-f') + 1];
    const isNamed = words.includes('--file') || words.includes('-f');
    const path = isNamed ? (given ?? '') : `${this.variables.get('prefix') ?? ''}/grubenv`;
    const bytes = this.#disk.file(this.placeOf(path));
    if (bytes === undefined) return false;
    const names = words.filter((word) => !word.startsWith('-') && word !== path);
    for (const [name, value] of parseGrubEnvironment(bytes)) {
      if (names.length === 0 || names.includes(name)) this.#set(name, value);
    }
    return true;
  }

  #search(words: readonly string[]): boolean {
    const { by, value, name } = parseSearch(words);
    if (by !== 'file') return this.#found(by, value, name);
    const place = this.#disk.partitions.find(({ number }) =>
      this.#disk.file({ partition: number, path: value }),
    );
    return place !== undefined && this.#set(name, `hd0,gpt${String(place.number)}`);
  }

  #found(by: 'uuid' | 'label', value: string, name = 'root'): boolean {
    const same = (one: string | undefined) =>
      by === 'uuid' ? one?.toLowerCase() === value.toLowerCase() : one === value;
    const place = this.#disk.partitions.find((one) => same(one[by]));
    return place !== undefined && this.#set(name, `hd0,gpt${String(place.number)}`);
  }

  #include(path: string): boolean {
    const bytes = this.#disk.file(this.placeOf(path));
    if (bytes === undefined) return false;
    this.#deeper(() => this.#runText(bytes, path));
    return true;
  }

  #addBootEntries(): boolean {
    const root = this.placeOf('/')?.partition;
    if (root === undefined) return false;
    for (const { id, title, lines } of bootEntriesIn(this.#disk, root)) {
      // As GRUB does it: what the entry says is run as commands.
      const [linux = '', options = '', initrd] = ['linux', 'options', 'initrd'].map((key) => lines.get(key));
      const load = initrd === undefined ? '' : `initrd ${initrd}`;
      const block = parseGrubScript(`linux ${linux} ${options}\n${load}`, id);
      this.#entries.push({ title, id, isSubmenu: false, block, args: [] });
    }
    return true;
  }

  #addEntry(name: string, args: readonly string[], block: readonly GrubCommand[]): boolean {
    if (name !== 'menuentry' && name !== 'submenu') return true;
    this.#entries.push({ ...parseEntryWords(args), isSubmenu: name === 'submenu', block });
    return true;
  }

  #withArguments(args: readonly string[], body: readonly GrubCommand[]): boolean {
    const outer = [...Array(10).keys()].map((at) => this.variables.get(String(at)));
    for (let at = 1; at < 10; at += 1) this.variables.set(String(at), args[at - 1] ?? '');
    let isGood = true;
    this.#deeper(() => (isGood = this.#run(body)));
    outer.forEach((value, at) => this.variables.set(String(at), value ?? ''));
    return isGood;
  }

  #deeper(action: () => unknown): void {
    this.#calls += 1;
    if (this.#calls > maxCalls) throw this.#tooMuch('goes too deep');
    action();
    this.#calls -= 1;
  }

  #set(name: string, value: string): true {
    if (value.length > maxValueLength) throw this.#tooMuch('makes a variable too long');
    this.variables.set(name, value);
    return true;
  }

  #expand(word: Word): readonly string[] {
    const words = expandWord(word, this.variables);
    const length = words.join('').length;
    this.#count(length >> 8);
    if (length > maxValueLength) throw this.#tooMuch('makes a word too long');
    return words;
  }

  #count(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw this.#tooMuch('takes too many steps');
  }

  #tooMuch(what: string): VerificationError {
    return new VerificationError('LIMIT_EXCEEDED', `${this.#file} ${what}`, {
      context: { file: this.#file },
    });
  }
}
