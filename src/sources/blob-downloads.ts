/** Downloads of files, some of which are blobs of a registry: a chart's archive is one. */
import { repositoryOfBlob } from '../formats/upstream/image-reference.ts';
import type { Fetcher } from '../model/ports.ts';
import type { RegistryPorts } from './registry-authority.ts';
import { RegistryClient } from './registry-client.ts';

/** As `fetcher` downloads, and of a registry with what that wants to be shown. */
export function withBlobs(ports: RegistryPorts): Pick<Fetcher, 'download'> {
  return {
    download(request, sink) {
      const repository = repositoryOfBlob(request.url);
      const client = repository === undefined ? ports.fetcher : new RegistryClient(repository, ports);
      return client.download(request, sink);
    },
  };
}
