/**
 * Which form of an index is there, and read, the soonest: over a slow line a smaller one is, though it takes longer to
 * read. The line is measured by the form that is asked for first, and nothing else is: over a fast line nothing is lost.
 */
import type { DocumentForm } from '../model/need.ts';
import type { GetRequest } from '../model/ports.ts';

/** Thrown out of a transfer: what is left of it would take longer than all of this form. */
export class SoonerForm extends Error {
  readonly form: DocumentForm;

  constructor(form: DocumentForm) {
    super('another form is read sooner');
    this.form = form;
  }
}

const windowMs = 150;
/** TCP begins slowly, and doubles its rate with each round trip: until it no longer does, the line is not known. */
const mostGrowth = 1.25;

/** For the transfer of `form`: throws SoonerForm where one of `others` is worth it. */
export function watchLine(form: DocumentForm, others: readonly DocumentForm[]): GetRequest['onProgress'] {
  const smaller = others.filter(({ sizeBytes }) => sizeBytes < form.sizeBytes);
  if (smaller.length === 0) return undefined;
  let [startBytes, startMs, bytesPerMs] = [0, 0, 0];
  return (receivedBytes, elapsedMs) => {
    if (elapsedMs - startMs < windowMs) return;
    const before = bytesPerMs;
    bytesPerMs = (receivedBytes - startBytes) / (elapsedMs - startMs);
    [startBytes, startMs] = [receivedBytes, elapsedMs];
    if (bytesPerMs > mostGrowth * before) return;
    const rate = Math.max(before, bytesPerMs);
    const leftMs = (form.sizeBytes - receivedBytes) / rate + form.readMs;
    const sooner = smaller.find(({ sizeBytes, readMs }) => sizeBytes / rate + readMs < leftMs);
    if (sooner !== undefined) throw new SoonerForm(sooner);
  };
}
