/**
 * The keyless part of the benchmark: Kubernetes and containerd, resolved by their Sigstore signatures from an
 * upstream whose artifacts are as large as the real ones, and what one bundle more costs.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleKinds, bundlesOfEach, versionOfCosign, type BundleKind } from './bundles.ts';
import { coldAssay, resolvedByAssay, type Setting } from './contenders.ts';
import {
  megabytes,
  renderBundles,
  renderResults,
  trafficOf,
  type BundleTimings,
  type Part,
  type Traffic,
} from './report.ts';
import { judgeBundles, judgeKeyless } from './requirements.ts';
import { figuresOf, runRounds, type Contender, type Result, type RoundOptions } from './rounds.ts';
import { startUpstream } from './upstream.ts';

const kubernetes = ['kubelet', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'];

/** `cosign`: the program; without, assay's own times are told and not judged. */
export async function benchKeyless(
  base: Pick<Setting, 'root' | 'work' | 'now'>,
  options: RoundOptions,
  cosign: string | undefined,
): Promise<Part> {
  const work = join(base.work, 'keyless');
  await mkdir(work, { recursive: true });
  const cold = await runCold({ ...base, work }, options);
  const timings: BundleTimings[] = [];
  for (const kind of await bundleKinds({ ...base, work }, cosign))
    timings.push(await runBundles(kind, options));
  return {
    lines: [
      '## Keyless resolution',
      '',
      `From an empty cache and no manifests: ${kubernetes.join(', ')} and containerd, amd64 and arm64, from an embedded upstream of full size. A tool that verifies bytes would download all of what is resolved, ${megabytes(cold.artifactBytes)}.`,
      '',
      ...renderResults([cold.result], new Map([[cold.result.name, cold.traffic]])),
      '',
      '## One Sigstore bundle',
      '',
      `The same material for all: one trusted root, identity and issuer, and an artifact of a few bytes, so that hashing it is in nobody’s time. “One more, in process” is from the bundle’s text to the verdict, in a process that verified ${warmUps} before: the median over ${bundlesOfEach} different bundles in each round. The others are whole processes${cosign === undefined ? '' : `; cosign (${versionOfCosign(cosign)}) runs as \`verify-blob\` and \`verify-blob-attestation\``}.`,
      '',
      ...renderBundles(timings),
      '',
      'Of a digest alone, by a profile of 29 November 2026, half of the time is ECDSA over P-256 in JavaScript (@noble/curves), 25 to 35 times what OpenSSL takes where the bytes are at hand: Node hands it no digest to verify. Of the rest a third is the signature of the signer’s certificate over P-384, by OpenSSL; what does not depend on the signer is verified once for a trusted root.',
      '',
    ],
    requirements: [judgeKeyless(cold.traffic, cold.artifactBytes), ...judgeBundles(timings)],
    remarks: cosign === undefined ? ['cosign was SKIPPED: ASSAY_COSIGN names none.'] : [],
  };
}

interface Cold {
  readonly result: Result;
  /** Of the run that fetched the most. */
  readonly traffic: Traffic;
  readonly artifactBytes: number;
}

async function runCold(base: Pick<Setting, 'root' | 'work' | 'now'>, options: RoundOptions): Promise<Cold> {
  const trustDir = join(base.work, 'trust');
  const upstream = await startUpstream({ content: 'keyless', trustDir, now: base.now });
  try {
    const { url, mirrors } = upstream;
    const setting: Setting = { ...base, url, mirrors, trustDir, names: [...kubernetes, 'containerd'] };
    const contender = coldAssay(setting);
    let traffic: Traffic = { requests: 0, sentBytes: 0 };
    const check = async () => {
      await contender.check?.();
      const own = trafficOf(await upstream.newRequests());
      if (own.sentBytes > traffic.sentBytes) traffic = own;
    };
    const [result] = await runRounds([{ ...contender, check }], options);
    if (result === undefined) throw new TypeError('no result');
    return { result, traffic, artifactBytes: await sizeOf(setting) };
  } finally {
    upstream.close();
  }
}

/** Of what the manifests name, as the upstream tells it. */
async function sizeOf(setting: Setting): Promise<number> {
  let sizeBytes = 0;
  for (const one of (await resolvedByAssay(setting)).values()) {
    const response = await fetch(`${setting.url}/${one.replace('https://', '')}`, { method: 'HEAD' });
    if (!response.ok) throw new Error(`${one}: ${String(response.status)}`);
    sizeBytes += Number(response.headers.get('content-length'));
  }
  return sizeBytes;
}

/** At least so many: for V8 to have compiled what there is to compile. */
const warmUps = 200;

/** The bundles in this process are timed before each round of the processes, and so under the same load. */
async function runBundles(kind: BundleKind, options: RoundOptions): Promise<BundleTimings> {
  const { name, bundles, verify, assay, cosign } = kind;
  const verifyAll = async () => {
    const times: number[] = [];
    for (const bundle of bundles) {
      const start = process.hrtime.bigint();
      await verify(bundle);
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    return times;
  };
  for (let done = 0; done < warmUps; done += bundles.length) await verifyAll();
  const rounds: number[][] = [];
  const prepare = async () => {
    rounds.push(await verifyAll());
  };
  const contenders: Contender[] = [{ name: 'assay verify-bundle', command: assay, prepare }];
  if (cosign !== undefined) contenders.push({ name: 'cosign', command: cosign });
  const [own, other] = await runRounds(contenders, options);
  if (own === undefined) throw new TypeError('no result');
  // The first round is a warm-up here too.
  const further = figuresOf(rounds.slice(1).flat());
  return { name, further, assay: own.wallMs, cosign: other?.wallMs };
}
