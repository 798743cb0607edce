/**
 * What a proof answers, from the question that was kept with it: today's catalogue may ask otherwise, or not at all. An
 * answer is held to it by the same code that holds one to the catalogue.
 */
import type { Question } from '../../formats/own/evidence.ts';
import type { Platform } from '../../model/artifact.ts';
import type { Expectation, Known } from '../../sources/source.ts';
import type { Placed } from '../shared/slots.ts';
import { readQuestion } from './asked-question.ts';

export interface KeptQuestion extends Placed {
  readonly providers?: readonly string[];
  readonly platform: Platform;
  /** As its method's schema has read it. */
  readonly verification: { readonly method: string };
  /** What follows from it for an entry that is known. Throws as `SourceKind.expect` does. */
  expect(known: Known): Expectation;
}

/** Throws as `readQuestion` does. */
export function keptQuestion(question: Question): KeptQuestion {
  const { kind, source, wanted, verification } = readQuestion(question);
  const { name, type, platform, entry } = wanted;
  const image = type === 'oci-image' ? kind.image?.(source, entry) : undefined;
  return {
    ...{ name, type, platform, verification },
    ...(question.providers === undefined ? {} : { providers: question.providers }),
    ...(image === undefined ? {} : { image }),
    expect: (known) => kind.expect(source, wanted, known),
  };
}
