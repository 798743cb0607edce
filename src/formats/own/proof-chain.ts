/**
 * How an entry of a manifest came to be believed, or at which link it is not: what `explain --json` prints, and what
 * text and pictures are drawn from. Nodes, and links between them; each node but those that everything begins with (a
 * trust anchor, or an origin whose word is all that there is) is vouched for by one link at least.
 *
 * Text in it is of strangers: whoever prints it escapes it.
 */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema } from '../../model/artifact.ts';
import { digestSchema } from '../../model/digest-schema.ts';
import { assurances } from '../../model/verification.ts';
import { signerSchema, timeSchema } from './evidence.ts';

const checkSchema = z
  .strictObject({
    check: z.string().describe('what was compared: `Valid-Until`, `SHA-256`, `identity`'),
    value: z.string().describe('what it is'),
    against: z.string().describe('what it was compared with, and how'),
  })
  .describe('a comparison that held');

const anchorSchema = z.strictObject({
  kind: z.literal('anchor'),
  id: z.string(),
  name: z.string().describe('as pins.yaml names it'),
  type: z.string().describe('its kind, as pins.yaml has it'),
  pinned: z.array(z.string()).describe('what pins it: full fingerprints, or the digest of its file'),
  learnt: z.string().exactOptional().describe('how that was learnt, as pins.yaml says'),
  proof: z
    .string()
    .exactOptional()
    .describe(
      'of an anchor that a publisher signs: what kept metadata proves of its file, or that there is none',
    ),
  file: z.string().describe('the path of its file'),
  digest: digestSchema.exactOptional().describe('of the file, as it was when the entry was judged'),
});

const documentSchema = z.strictObject({
  kind: z.literal('document'),
  id: z.string(),
  role: z.string().describe('what it is in the chain: `inrelease`, `checksums`, `sigstore-bundle`'),
  url: z.string().describe('where it was published'),
  digest: digestSchema.exactOptional().describe('absent for what the evidence does not name'),
  size: z.int().min(0).exactOptional().describe('in bytes'),
  kept: z.boolean().describe('is it in the evidence? What is too large is named by digest alone'),
});

const nodeSchema = z.discriminatedUnion('kind', [
  anchorSchema,
  z.strictObject({
    kind: z.literal('origin'),
    id: z.string(),
    host: z.string().describe('whose word it is, over TLS: nobody signed'),
  }),
  documentSchema,
  z.strictObject({
    kind: z.literal('artifact'),
    id: z.string(),
    url: z.string(),
    digest: digestSchema,
    size: z.int().min(0).describe('in bytes'),
  }),
]);

const linkSchema = z.strictObject({
  from: z.string().describe('the ID of the node that vouches'),
  to: z.string().describe('the ID of the node that is vouched for'),
  beside: z
    .array(z.string())
    .describe('IDs of documents that it takes as well: the certificate of a signature'),
  holds: z.boolean().describe('false of the last one of an entry that is refused: see `refusal`'),
  signers: z.array(signerSchema).describe('whose signatures it is made of; none where it is made of digests'),
  checks: z.array(checkSchema),
});

const commandSchema = z.strictObject({
  argv: z.array(z.string()).describe('the program and its arguments'),
  stdin: z.string().exactOptional().describe('what it reads from standard input'),
  stdout: z.string().exactOptional().describe('the file that its standard output goes into'),
});

const refusalSchema = z.strictObject({
  at: z.string().describe('the ID of the node that is not vouched for'),
  code: z.string(),
  message: z.string(),
  expected: z.string().exactOptional(),
  found: z.string().exactOptional(),
  hint: z.string().exactOptional().describe('what to do'),
});

const proofChainSchema = z.strictObject({
  manifest: z.string().describe('the file that the entry stands in'),
  name: z.string(),
  version: z.string(),
  type: artifactTypeSchema,
  os: z.string(),
  arch: architectureSchema,
  verdict: z
    .enum(['verified', 'recorded', 'up to the index', 'refused'])
    .describe(
      '`recorded`: nobody signed, and only the digests hold; `up to the index`: a large document was not kept, and not seen again',
    ),
  assurance: z.enum(assurances),
  method: z.string().describe('as the catalogue names it'),
  judgedAt: timeSchema.describe('when it was believed first'),
  nodes: z.array(nodeSchema),
  links: z
    .array(linkSchema)
    .describe('from the anchors to the artifact; of a refused entry, those on the way to what is refused'),
  notProven: z.array(
    z.strictObject({
      what: z.string(),
      because: z.string().describe('why it is accepted all the same'),
    }),
  ),
  byHand: z
    .array(
      z.strictObject({
        of: z.string().describe('the ID of the node that is verified'),
        commands: z.array(commandSchema),
      }),
    )
    .describe('the same with other programs, from an empty directory'),
  refusal: refusalSchema.exactOptional(),
  since: z
    .strictObject({ code: z.string(), message: z.string() })
    .exactOptional()
    .describe('why it would be refused if it were judged for the first time now: what has expired since'),
});

const bootFileSchema = z.strictObject({
  partition: z.int().describe('counted from 1'),
  path: z.string(),
  digest: digestSchema,
  size: z.int().describe('in bytes'),
});

const bootReadingSchema = z.strictObject({
  manifest: z.string().describe('the file that it stands in'),
  name: z.literal('os.boot'),
  verdict: z.literal('recorded'),
  image: z
    .strictObject({ url: z.string(), digest: digestSchema })
    .describe('that it was read out of, which has a proof of its own'),
  documents: z
    .array(z.strictObject({ partition: z.int(), path: z.string(), digest: digestSchema }))
    .describe("the boot loader's configuration, kept in evidence/documents and read again now"),
  cmdline: z.string(),
  kernel: bootFileSchema,
  initrd: bootFileSchema,
  tools: z.string().describe('the programs that read the image'),
  readAt: timeSchema,
});

/** What `explain --json` prints. */
export const explanationSchema = z.strictObject({
  version: z.literal(1),
  entries: z
    .array(proofChainSchema)
    .describe('those that were named and have evidence, in the order of the manifests'),
  boot: z
    .array(bootReadingSchema)
    .exactOptional()
    .describe('`os.boot`, where it was named and has evidence: read out of an image, and signed by nobody'),
});

export type ProofChain = z.output<typeof proofChainSchema>;
export type BootReading = z.output<typeof bootReadingSchema>;
export type ProofNode = ProofChain['nodes'][number];
export type ProofLink = ProofChain['links'][number];
export type Check = z.output<typeof checkSchema>;
export type Command = z.output<typeof commandSchema>;
export type Unproven = ProofChain['notProven'][number];

/** A node, the link that leads to it from its parent, and what it vouches for in turn. */
export interface ProofTree {
  readonly node: ProofNode;
  /** How it is vouched for; undefined at a root. */
  readonly link: ProofLink | undefined;
  readonly children: readonly ProofTree[];
}

/**
 * Those that everything begins with, each with what it vouches for, in the order of the links. What two branches lead to
 * stands in both. What is refused, and hangs on nothing, is a root itself.
 */
export function treesOf({ nodes, links }: ProofChain): readonly ProofTree[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const below = (id: string, link: ProofLink | undefined, above: readonly string[]): ProofTree[] => {
    const node = byId.get(id);
    // Links come from methods: what would lead back to itself is drawn once.
    if (node === undefined || above.includes(id)) return [];
    const next = links.filter(({ from }) => from === id);
    return [{ node, link, children: next.flatMap((one) => below(one.to, one, [...above, id])) }];
  };
  const reached = new Set(links.flatMap(({ to, beside }) => [to, ...beside]));
  return nodes.filter(({ id }) => !reached.has(id)).flatMap(({ id }) => below(id, undefined, []));
}
