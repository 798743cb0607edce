/**
 * What importing a sub-path of the library costs: the bytes of its modules and of the packages that they load, and the time
 * of a processor that goes by until it is there, beside that of Node itself. Prints the table of docs/benchmarks.md.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const rounds = 9;
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, { default: string } | string>;
};

/** Prints milliseconds of processor time, and the bytes of what was loaded, files of ours and of packages. */
const probe = `
import { registerHooks } from 'node:module';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
const sizes = [0, 0];
if (process.argv[2] === 'sizes') registerHooks({ load(url, context, next) {
  if (url.startsWith('file:')) sizes[url.includes('/node_modules/') ? 1 : 0] += statSync(fileURLToPath(url)).size;
  return next(url, context);
} });
if (process.argv[1] !== 'nothing') await import(process.argv[1]);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify([(user + system) / 1000, ...sizes]));
`;

function measure(target: string, mode = 'time'): readonly number[] {
  const args = ['--input-type=module', '--eval', probe, target, mode];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })) as number[];
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((one, other) => one - other)[rounds >> 1] ?? 0;
const timeOf = (target: string) => median(Array.from({ length: rounds }, () => measure(target)[0] ?? 0));

const own = timeOf('nothing');
console.log(`Node ${process.version} itself: ${own.toFixed(0)} ms\n`);
console.log('| sub-path | own modules, kB | packages, kB | ms besides Node |\n| --- | --: | --: | --: |');
for (const [path, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue;
  const file = new URL(target.default, `file://${root}/`).href;
  const [, ours = 0, packages = 0] = measure(file, 'sizes');
  const kB = (bytes: number) => Math.round(bytes / 1000);
  const name = path === '.' ? '`@podplane/assay`' : `\`${path}\``;
  console.log(`| ${name} | ${kB(ours)} | ${kB(packages)} | ${(timeOf(file) - own).toFixed(0)} |`);
}
