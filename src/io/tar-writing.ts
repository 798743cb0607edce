/**
 * A tar archive (ustar, with pax headers for names that it cannot say) that depends on nothing but what is put into
 * it: owner and group 0, without names, and one time for all.
 */
import { pack, type Pack } from 'tar-stream';
import type { ArchiveEntry } from '../model/archive.ts';

export interface TarInput extends ArchiveEntry {
  /** Of a file: exactly `sizeBytes` of them. */
  readonly content?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** The entries in their order. What a content throws ends the iteration. */
export async function* writeTar(
  entries: Iterable<TarInput>,
  modifiedAt: Date,
): AsyncGenerator<Uint8Array, void, void> {
  const archive = pack();
  const writing = (async () => {
    try {
      for (const entry of entries) await writeEntry(archive, entry, modifiedAt);
      archive.finalize();
    } catch (error) {
      archive.destroy(error as Error);
    }
  })();
  yield* archive as AsyncIterable<Uint8Array>;
  await writing;
}

async function writeEntry(archive: Pack, entry: TarInput, mtime: Date): Promise<void> {
  const { path, type, mode, sizeBytes, linkTarget, content } = entry;
  const done = Promise.withResolvers<undefined>();
  const sink = archive.entry(
    {
      ...{ type, mode, mtime, uid: 0, gid: 0, uname: '', gname: '' },
      name: type === 'directory' ? `${path}/` : path,
      size: sizeBytes,
      ...(linkTarget === undefined ? {} : { linkname: linkTarget }),
    },
    (error) => {
      if (error) done.reject(error);
      else done.resolve(undefined);
    },
  );
  // What goes wrong is thrown by `done`, or by the content itself.
  sink.on('error', () => undefined);
  done.promise.catch(() => undefined);
  if (type === 'file') {
    for await (const chunk of content ?? []) {
      // Nobody reads any more: waiting for that would be for ever.
      if (sink.destroyed) break;
      if (!sink.write(chunk)) await drained(sink);
    }
    sink.end(undefined);
  }
  await done.promise;
}

async function drained(sink: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve) => {
    // Both go with either: a large file waits thousands of times.
    const done = () => {
      sink.off('drain', done).off('close', done);
      resolve();
    };
    sink.on('drain', done).on('close', done);
  });
}
