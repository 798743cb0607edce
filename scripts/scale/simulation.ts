/**
 * Ten thousand VMs on paper: what one VM asks for, as it was counted, times what there is of them. Pure arithmetic, so
 * that other assumptions are other arguments. Bytes are decimal (1 GB is 10^9), rates are bits a second.
 */
import { imageBytes, osImageBytes, recordedSizes, type Kind } from './recorded-sizes.ts';

export interface Assumptions {
  readonly regions: number;
  /** In all regions together. */
  readonly vms: Readonly<Record<Kind, number>>;
  /** In which all VMs of a region boot, in seconds. */
  readonly windowSeconds: readonly number[];
  /** Of one mirror's network card, in bits a second. */
  readonly mirrorBitsPerSecond: number;
  /** Of a VM at the same time, by its rendered script (`--jobs`). */
  readonly connectionsPerVm: number;
  /** As it was counted: requests for each file, and bytes besides the file's own. */
  readonly requestsPerFile: number;
  readonly overheadBytesPerFile: number;
}

export const assumptions: Omit<Assumptions, 'requestsPerFile' | 'overheadBytesPerFile'> = {
  regions: 5,
  vms: { knc: 500, knd: 9_500 },
  windowSeconds: [600, 3_600, 86_400],
  mirrorBitsPerSecond: 10e9,
  connectionsPerVm: 4,
};

export interface PerVm {
  readonly files: number;
  readonly requests: number;
  readonly bytes: number;
}

export function perVm(kind: Kind, { requestsPerFile, overheadBytesPerFile }: Assumptions): PerVm {
  const sizes = Object.values(recordedSizes[kind]);
  const bytes = sizes.reduce((sum, size) => sum + size, 0) + imageBytes;
  const files = sizes.length;
  return { files, requests: files * requestsPerFile, bytes: bytes + files * overheadBytesPerFile };
}

export interface Load {
  readonly requests: number;
  readonly bytes: number;
}

export function perRegion(given: Assumptions): Load {
  const kinds = Object.entries(given.vms).map(([kind, count]) => {
    const { requests, bytes } = perVm(kind as Kind, given);
    return { requests: (requests * count) / given.regions, bytes: (bytes * count) / given.regions };
  });
  return {
    requests: kinds.reduce((sum, { requests }) => sum + requests, 0),
    bytes: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** What a mirror has to have: each file once, whatever number of kinds name it, and the OS image. */
export function treeBytes(): number {
  const files = new Map(Object.values(recordedSizes).flatMap((sizes) => Object.entries(sizes)));
  return [...files.values()].reduce((sum, size) => sum + size, imageBytes + osImageBytes);
}

export interface Rate {
  readonly windowSeconds: number;
  readonly bitsPerSecond: number;
  readonly requestsPerSecond: number;
  /** With that network card, for one region. */
  readonly mirrors: number;
}

/** Of one region, whose VMs all boot within a window. */
export function rates(given: Assumptions): readonly Rate[] {
  const { bytes, requests } = perRegion(given);
  return given.windowSeconds.map((windowSeconds) => {
    const bitsPerSecond = (bytes * 8) / windowSeconds;
    return {
      ...{ windowSeconds, bitsPerSecond, requestsPerSecond: requests / windowSeconds },
      mirrors: Math.ceil(bitsPerSecond / given.mirrorBitsPerSecond),
    };
  });
}

export interface Limit {
  readonly what: string;
  /** How many VMs can begin in the same moment before it is met. */
  readonly vms: number;
}

/** What ends first where VMs begin in the same moment, and are to be done in ten minutes. */
export function limits(given: Assumptions): readonly Limit[] {
  const vmsOfRegion = (given.vms.knc + given.vms.knd) / given.regions;
  const bytesOfVm = perRegion(given).bytes / vmsOfRegion;
  const begun = given.connectionsPerVm;
  const cards = (bitsPerSecond: number) => (bitsPerSecond / 8 / bytesOfVm) * 600;
  const all = [
    { what: 'nginx as Debian sets it up on 4 cores: 4 × 768 connections', vms: (4 * 768) / begun },
    { what: 'S3: 5,500 GET a second for one prefix', vms: 5_500 / begun },
    { what: 'a network card of 1 Gbit/s, for ten minutes', vms: cards(1e9) },
    { what: 'a network card of 10 Gbit/s, for ten minutes', vms: cards(10e9) },
    { what: 'a network card of 25 Gbit/s, for ten minutes', vms: cards(25e9) },
    { what: 'nginx with 4 × 16,384 connections', vms: (4 * 16_384) / begun },
  ];
  return all.map(({ what, vms }) => ({ what, vms: Math.floor(vms) })).toSorted((a, b) => a.vms - b.vms);
}
