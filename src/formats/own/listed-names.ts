/** The names in a catalogue, a manifest or pins.yaml, for a shell that completes one. */
import type { NameSort } from '../../model/command-spec.ts';
import { asRecord } from '../text/record.ts';

/**
 * `value`: what an untrusted document says, whole or not, right or not. Only names that could be right are told: they
 * go into a command line, and none has a character that a shell reads.
 */
export function listedNames(value: unknown, sort: NameSort): readonly string[] {
  const names = candidates(asRecord(value), sort).filter(
    (name): name is string => typeof name === 'string' && /^[a-z0-9][a-z0-9.+-]{0,99}$/.test(name),
  );
  return [...new Set(names)];
}

function candidates(document: Readonly<Record<string, unknown>>, sort: NameSort): readonly unknown[] {
  const { kinds, platforms, dependencies, anchors } = document;
  const perPlatform = asList(platforms).map(asRecord);
  switch (sort) {
    case 'entries':
      return Object.keys(asRecord(dependencies));
    case 'providers':
      return Object.values(asRecord(dependencies)).flatMap((one) => asList(asRecord(one)['providers']));
    case 'kinds':
      return asList(kinds);
    case 'systems':
      return perPlatform.map(({ os }) => os);
    case 'architectures':
      return perPlatform.flatMap(({ architectures }) => asList(architectures));
    case 'anchors':
      return Object.keys(asRecord(anchors));
  }
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}
