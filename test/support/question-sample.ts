/** What a catalogue asks, for tests that are about something else. */
import type { Asked } from '../../src/formats/own/catalogue-schema.ts';
import type { EvidenceEntry, Question } from '../../src/formats/own/evidence.ts';

export const asked: Asked = {
  source: { type: 'apt' },
  entry: { from: 'debian' },
  verification: { method: 'apt' },
};

export const question: Question = {
  name: 'foo',
  type: 'deb',
  os: 'debian-13',
  arch: 'amd64',
  ...questionOf(asked),
};

function questionOf({ source, entry, verification }: Asked) {
  return { source: { ...source }, entry: { ...entry }, verification: { ...verification } };
}

/** What a proof has besides what it says. */
export const proven: Pick<EvidenceEntry, 'question' | 'anchors' | 'judgedAt' | 'seal'> = {
  question,
  anchors: [],
  judgedAt: '2026-11-19T12:00:00.000Z',
  seal: `sha256:${'0'.repeat(64)}`,
};
