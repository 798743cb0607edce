/** The head of the report: how to make it again, on what it was made, and what is compared. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import type { MemoryMethod } from './measure.ts';

export interface Run {
  /** Debian's own files, or the embedded upstream. */
  readonly isReal: boolean;
  readonly hasCosign: boolean;
  readonly counted: number;
  readonly memory: MemoryMethod;
  readonly date: string | undefined;
  /** Of the minute before the run: 0 on a quiet machine. */
  readonly loadBefore: number;
}

export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

export function describeRun({ isReal, hasCosign, counted, memory, date, loadBefore }: Run): string[] {
  const day = date === undefined ? [] : [`- ${date}`];
  const debian = isReal ? ' ASSAY_DEBIAN=../shared/debian' : '';
  const cosign = hasCosign ? ' ASSAY_COSIGN=/path/to/cosign' : '';
  return [
    '# Benchmarks',
    '',
    `Made with \`make bench${debian}${cosign} ARGS=--write\`${isReal ? ', where `ASSAY_DEBIAN` holds Debian’s own files of November 2026' : ''}.`,
    '',
    ...day,
    `- ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, ${systemName()}, Node ${process.version}`,
    `- Whole processes, the start of Node and of each program included; everything over loopback HTTP, from a server in another process${isReal ? '' : ' (a small Debian made for the run: the part with its own files was SKIPPED, since ASSAY_DEBIAN is unset)'}.`,
    `- Medians of ${counted} interleaved runs (A B C …, A B C …) after one that warms up. Other work was going on meanwhile (load average before the run: ${loadBefore.toFixed(1)}): compare what stands in one table, not two of them, and where two contenders are near each other, the processor’s time (user and system, of all processes) says more.`,
    ...memoryRemark(memory),
    '- What each run resolved is compared: every contender of a resolution found the same digests.',
    '',
  ];
}

function memoryRemark(memory: MemoryMethod): string[] {
  switch (memory) {
    case 'GNU time':
      return [
        '- Peak memory: the maximum resident set size that wait4(2) reports, by GNU time; of a pipeline it is that of its largest process, not the sum. 1 MB is 10⁶ bytes.',
      ];
    case 'VmHWM':
      return [
        '- Peak memory: `VmHWM` of the first process, polled every 2 ms, since there is no GNU time; what a pipeline’s other processes use is not in it. 1 MB is 10⁶ bytes.',
      ];
    case 'none':
      return ['- Peak memory: not measured, this system has neither GNU time nor /proc.'];
  }
}

function systemName(): string {
  try {
    const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'));
    if (name?.[1] !== undefined) return name[1];
  } catch {
    // Not Linux.
  }
  return `${type()} ${release()}`;
}
