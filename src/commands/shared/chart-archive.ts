/** A chart's archive, as `helm package` makes it: what of it says which images there are. Nothing is unpacked. */
import { parseArchivePath } from '../../formats/upstream/archive-path.ts';
import { decompressCopies } from '../../formats/upstream/decompress.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import { maxChartFileBytes, type ChartSource } from '../../formats/upstream/helm-values.ts';
import { readTar } from '../../io/tar-reading.ts';
import { VerificationError } from '../../model/errors.ts';

/** Helm's own limit. */
const maxUnpackedBytes = 100 << 20;
/** Charts in charts in charts. */
const maxDepth = 8;

/** Untrusted bytes. Throws VerificationError `EVIDENCE_MALFORMED` and `LIMIT_EXCEEDED`. */
export async function readChartArchive(archive: Uint8Array, what: string, depth = 0): Promise<ChartSource> {
  if (depth > maxDepth) throw malformed(what, 'it has charts in charts without an end');
  const files = new Map<string, Uint8Array>();
  const bytes = decompressCopies(archive, 'gz', maxUnpackedBytes, what);
  for await (const { name, type, sizeBytes, content } of readTar(bytes, what)) {
    const path = parseArchivePath(name);
    if (path === undefined) throw malformed(what, `it has a member called ${JSON.stringify(name)}`);
    // Below the chart's own folder, whatever that is called.
    const inside = path.slice(path.indexOf('/') + 1);
    if (!isRead.test(inside)) continue;
    if (type !== 'file') throw malformed(what, `${inside} is no file`);
    if (files.has(inside)) throw malformed(what, `it has ${inside} twice: readers would differ`);
    if (sizeBytes > maxChartFileBytes) {
      const limit = `${String(maxChartFileBytes)} bytes`;
      throw new VerificationError('LIMIT_EXCEEDED', `${inside} of ${what} has more than ${limit}`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
    files.set(inside, Buffer.concat(chunks));
  }
  return chartOf(files, '', what, depth);
}

/** As deep as charts are in charts. */
const isRead = /^(?:charts\/[^/]+\/)*(?:Chart\.yaml|values\.yaml|charts\/[^/]+\.tgz)$/;

async function chartOf(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  what: string,
  depth: number,
): Promise<ChartSource> {
  const metadata = files.get(`${folder}Chart.yaml`);
  if (metadata === undefined) throw malformed(what, `it has no ${folder}Chart.yaml: is it a chart?`);
  const below = `${folder}charts/`;
  const names = [...files.keys()]
    .filter((path) => path.startsWith(below))
    .map((path) => path.slice(below.length));
  const folders = new Set(
    names.filter((name) => name.includes('/')).map((name) => name.split('/', 1)[0] ?? ''),
  );
  const subcharts: ChartSource[] = [];
  // One that begins so is left out by Helm, too.
  const isChart = (name: string) => !/^[._]/.test(name);
  for (const name of [...folders].filter(isChart)) {
    subcharts.push(await chartOf(files, `${below}${name}/`, what, depth + 1));
  }
  for (const name of names.filter((one) => !one.includes('/') && isChart(one))) {
    const archive = files.get(`${below}${name}`) ?? new Uint8Array();
    subcharts.push(await readChartArchive(archive, `${what}, ${below}${name}`, depth + 1));
  }
  return { metadata, values: files.get(`${folder}values.yaml`), subcharts };
}
