/** `trust/pins.yaml`: the trust anchors by name, each in the form of its kind. */
import { z } from 'zod';
import { nameSchema } from '../../formats/own/names.ts';
import { parseYamlDocument } from '../../formats/own/yaml-document.ts';
import { check, type Problem } from '../../formats/text/problems.ts';
import type { AnchorKind, AnchorPin } from './anchor.ts';
import { anchorKinds } from './registry.ts';

export interface TrustPins {
  /** By name; without a prototype, so that only names of the file are found. */
  readonly anchors: Readonly<Record<string, AnchorPin>>;
}

/** Text of the user's to pins; `file` is for messages. Throws UsageError `TRUST_INVALID`. */
export function parseTrustPins(
  text: string,
  file: string,
  kinds: readonly AnchorKind[] = anchorKinds,
): TrustPins {
  const document = parseYamlDocument(text, file, 'TRUST_INVALID');
  const problems: Problem[] = [];
  const pins = check(schemaOf(kinds), document.value, [], problems);
  if (pins === undefined) throw document.failure(problems);
  return { anchors: Object.assign(Object.create(null) as Record<string, AnchorPin>, pins.anchors) };
}

/** The JSON Schema of pins.yaml, for editors: they complete and check while one writes. */
export function pinsJsonSchema(kinds: readonly AnchorKind[] = anchorKinds): unknown {
  return z.toJSONSchema(schemaOf(kinds), { target: 'draft-07', io: 'input' });
}

function schemaOf(kinds: readonly AnchorKind[]) {
  const [first, ...others] = kinds.map(({ schema }) => schema);
  if (first === undefined) throw new TypeError('no kind of anchor');
  return z
    .strictObject({
      version: z.literal(1).describe('the version of this format'),
      anchors: z
        .record(nameSchema, z.discriminatedUnion('type', [first, ...others]))
        .describe('by name: whose word counts, and for what'),
    })
    .superRefine(({ anchors }, context) => {
      const files = new Map<string, string>();
      for (const [name, pin] of Object.entries(anchors)) {
        const kind = kinds.find(({ type }) => type === pin['type']);
        for (const [path, file] of kind?.files(pin as unknown as AnchorPin) ?? []) {
          const other = files.get(file);
          if (other !== undefined) {
            const message = `is the file of ${other} as well, found ${file}`;
            context.addIssue({ code: 'custom', message, path: ['anchors', name, ...path] });
          }
          files.set(file, name);
        }
      }
    });
}
