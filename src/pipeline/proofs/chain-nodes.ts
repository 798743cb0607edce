/** The nodes of a chain: anchors as the pins have them, and documents as the evidence names them, each under an ID. */
import { maxKeptBytes, type EvidenceEntry } from '../../formats/own/evidence.ts';
import type { ProofNode } from '../../formats/own/proof-chain.ts';
import type { AssayError } from '../../model/errors.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import type { LinkEnd, NamedDocument } from '../../verify/trail.ts';

export const artifactId = 'artifact';

export interface ChainRefusal {
  readonly error: AssayError;
  /** The role of a document, or the name of an anchor, that is not what it has to be. */
  readonly which: string | undefined;
}

type AnchorNode = Extract<ProofNode, { kind: 'anchor' }>;
type DocumentNode = Extract<ProofNode, { kind: 'document' }>;

export class ChainNodes {
  readonly #anchors: Trust['anchors'];
  readonly #evidence: EvidenceEntry;
  /** What is vouched for by nobody but itself, in the order of the links. */
  readonly #roots = new Map<string, ProofNode>();
  readonly #documents: DocumentNode[] = [];

  constructor({ anchors, evidence }: { anchors: Trust['anchors']; evidence: EvidenceEntry }) {
    this.#anchors = anchors;
    this.#evidence = evidence;
    for (const { role, url, digest, size } of evidence.documents) {
      this.#add({ role, url, digest, size, kept: size <= maxKeptBytes });
    }
  }

  all(): readonly ProofNode[] {
    return [...this.#roots.values(), ...this.#documents];
  }

  /** A document that is not in the evidence gets a node as well: a chain may break where it should be. */
  idOf(end: LinkEnd): string {
    if ('artifact' in end) return artifactId;
    if ('anchor' in end) return this.#root(this.#anchorNode(end.anchor));
    if ('origin' in end) return this.#root({ kind: 'origin', id: `origin:${end.origin}`, host: end.origin });
    return this.documentOf(end).id;
  }

  documentOf(named: NamedDocument): DocumentNode {
    const { role, url, digest, folder } = named;
    const alike = this.#documents.filter((one) => one.role === role);
    const found =
      alike.find((one) => one.url === url) ??
      alike.find((one) => digest !== undefined && one.digest === digest) ??
      alike.find((one) => folder !== undefined && one.url.startsWith(folder));
    return found ?? this.#add({ role, url, ...(digest && { digest }), kept: false });
  }

  /** What a refusal says that it is about: a document by its role, and its digest or size; or an anchor. */
  idNamedBy({ error, which }: ChainRefusal): string | undefined {
    const { expected } = error.context;
    const alike = this.#documents.filter(({ role }) => role === which);
    const document = alike.find(({ digest, size }) => expected === digest || expected === size);
    if (document !== undefined || alike.length === 1) return (document ?? alike[0])?.id;
    const anchor = which?.replace(/^anchor /, '') ?? '';
    if (!this.#anchors.has(anchor)) return undefined;
    // What it is said to be proven by may be what is refused.
    const node = this.#anchorNode(anchor);
    delete node.proof;
    return this.#root(node);
  }

  /** From the anchors' end to the artifact's. */
  orderOf(id: string): number {
    const at = this.#documents.findIndex((one) => one.id === id);
    return at === -1 ? this.#documents.length : at;
  }

  #root(node: ProofNode): string {
    if (!this.#roots.has(node.id)) this.#roots.set(node.id, node);
    return node.id;
  }

  #anchorNode(name: string): AnchorNode {
    const anchor = this.#anchors.get(name);
    const digest = this.#evidence.anchors.find((one) => one.name === name)?.digest;
    const common = { kind: 'anchor', id: `anchor:${name}`, name, ...(digest && { digest }) } as const;
    // A method may rest on what the catalogue says itself.
    if (anchor === undefined) return { ...common, type: 'none', pinned: [], file: '' };
    const { kind, pin } = anchor;
    const pinned = kind.pinned?.(pin) ?? (digest === undefined ? [] : [digest]);
    const { learnt } = pin;
    const proof = digest && kind.proof?.(pin, digest);
    return {
      ...{ ...common, type: pin.type, pinned: [...pinned], file: pin.file },
      ...(learnt === undefined ? {} : { learnt }),
      ...(proof === undefined ? {} : { proof }),
    };
  }

  #add(document: Omit<DocumentNode, 'kind' | 'id'>): DocumentNode {
    const { role } = document;
    const before = this.#documents.filter((one) => one.role === role).length;
    const id = before === 0 ? `document:${role}` : `document:${role}-${String(before + 1)}`;
    const node: DocumentNode = { kind: 'document', id, ...document };
    this.#documents.push(node);
    return node;
  }
}
