/** A manifest of every feature, and ways to spoil it. */
import { parseManifest, type Manifest } from '../../src/formats/own/manifest.ts';

export const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}` as const;
export const sha512 = `sha512:${'fedcba9876543210'.repeat(8)}` as const;
export const manifestFile = 'knc.debian-13.amd64.json';

/** Written by hand, key by key: the expected bytes. */
export const manifestText = `{
  "vmconfig": {
    "version": "dev",
    "kind": "knc",
    "os": {
      "name": "debian-13",
      "arch": "amd64",
      "image": {
        "version": "20260512-2476",
        "url": "https://images.example/20260512-2476/debian-13-amd64.qcow2",
        "type": "qcow2",
        "digest": "${sha512}",
        "size": 341704704
      },
      "boot": {
        "cmdline": "root=PARTUUID=1 ro quiet a=\\u003cb\\u003e\\u0026c d=\\u2028 é \\"q\\"",
        "kernel": {
          "partition": 1,
          "path": "/boot/vmlinuz-6.12.86+deb13-cloud-amd64",
          "digest": "${sha256}"
        },
        "initrd": {
          "partition": 1,
          "path": "/boot/initrd.img-6.12.86+deb13-cloud-amd64",
          "digest": "${sha256}"
        }
      }
    },
    "dependencies": {
      "agent": {
        "version": "1.2.3",
        "url": "https://releases.example/v1.2.3/agent.tgz",
        "type": "tar.gz",
        "digest": "${sha512}",
        "size": 5953829,
        "providers": [
          "aws",
          "google"
        ]
      },
      "agent+": {
        "version": "1.35.5+k3s1",
        "url": "https://releases.example/v1.35.5%2Bk3s1/agent",
        "type": "binary",
        "digest": "${sha256}",
        "size": 1
      },
      "agent-2": {
        "version": "17.9-0+deb13u1~bpo1",
        "url": "https://deb.example/pool/a/agent_17.9-0+deb13u1~bpo1_amd64.deb",
        "type": "deb",
        "digest": "${sha256}",
        "size": 9007199254740991
      },
      "vmconfig": {
        "version": "dev",
        "url": "",
        "type": "tar.gz",
        "digest": "",
        "size": 0
      }
    },
    "images": [
      {
        "image": "registry.k8s.io/pause:3.10.2",
        "digest": "${sha256}",
        "size": 318043,
        "platform": "linux/amd64",
        "index": "${sha256}"
      }
    ]
  }
}
`;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const sampleManifest = (): Manifest => parseManifest(bytesOf(manifestText), manifestFile);

/** Any member of any object: what is altered need not be well-formed. */
export interface Loose {
  [key: string]: Loose;
}

/** The sample with something changed that the types would not allow. */
export function alteredManifest(change: (vmconfig: Loose) => void): Manifest {
  const value = JSON.parse(manifestText) as { vmconfig: Loose };
  change(value.vmconfig);
  return value as never;
}
