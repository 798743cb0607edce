/**
 * The order of versions in names of boot entries, as GRUB's blscfg and systemd-boot have it (UAPI.10 Version Format
 * Specification, which is rpm's order with `~` before the end and `^` after it). Negative, zero or positive.
 */
export function compareBootVersions(one: string, other: string): number {
  let [a, b] = [one, other];
  for (;;) {
    [a, b] = [a.replace(/^[^A-Za-z0-9~^.-]+/, ''), b.replace(/^[^A-Za-z0-9~^.-]+/, '')];
    for (const mark of ['~', '-', '^', '.']) {
      const found = [a.startsWith(mark), b.startsWith(mark)];
      // What comes before the end of the text comes before anything else; the others come after the end alone.
      if (found[0] !== found[1]) {
        if (mark === '~') return found[0] === true ? -1 : 1;
        if (a === '' || b === '') return a === '' ? -1 : 1;
        return found[0] === true ? -1 : 1;
      }
      if (found[0] === true) [a, b] = [a.slice(1), b.slice(1)];
    }
    if (a === '' || b === '') return a === b ? 0 : a === '' ? -1 : 1;
    if (/^[~^.-]/.test(a) || /^[~^.-]/.test(b)) continue;
    const isNumber = /^\d/.test(a) || /^\d/.test(b);
    const run = isNumber ? /^\d*/ : /^[A-Za-z]*/;
    const [x, y] = [run.exec(a)?.[0] ?? '', run.exec(b)?.[0] ?? ''];
    // Digits come after letters.
    if (isNumber && (x === '' || y === '')) return x === '' ? -1 : 1;
    const order = isNumber ? compareNumbers(x, y) : compareText(x, y);
    if (order !== 0) return order;
    [a, b] = [a.slice(x.length), b.slice(y.length)];
  }
}

function compareNumbers(one: string, other: string): number {
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return a.length - b.length || compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
