/** The report in a real Chromium: wide and narrow, light and dark, on paper, by keyboard, and as assistive technology has it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium, openPage, type Page } from '../support/browser.ts';
import { pageOf, sample } from '../support/report-sample.ts';

// The words are in the name: a run without it says so.
const title =
  chromium === undefined ? 'the report in Chromium (not installed: skipped)' : 'the report in Chromium';

/** Contrast (WCAG 2.2, 1.4.3) of each text that is shown, below 4.5: what it is, and how much it has. */
const faintTexts = `(() => {
  const numbers = (text) => text.match(/[\\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  const luminance = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const box = one.namespaceURI.endsWith('svg') && one.tagName === 'g' ? one.querySelector('rect') : null;
      if (box !== null) return numbers(getComputedStyle(box).fill);
      const color = numbers(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
  };
  return [...document.querySelectorAll('body *')].flatMap((element) => {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data).join('').trim();
    if (text === '' || element.getClientRects().length === 0) return [];
    const style = getComputedStyle(element);
    const isDrawn = element.namespaceURI.endsWith('svg');
    if (isDrawn && element.tagName !== 'text') return [];
    const [one, other] = [luminance(numbers(isDrawn ? style.fill : style.color)), luminance(behind(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return contrast < 4.5 ? [text + ': ' + contrast.toFixed(2)] : [];
  });
})()`;

describe.skipIf(chromium === undefined)(title, () => {
  const directory = mkdtempSync(join(tmpdir(), 'assay-report-'));
  let page: Page;

  beforeAll(async () => {
    const file = join(directory, 'report.html');
    writeFileSync(file, pageOf(sample));
    page = await openPage(chromium ?? '', pathToFileURL(file).href);
  });
  afterAll(async () => {
    await page.close();
    rmSync(directory, { recursive: true });
  });

  const setWidth = (width: number) =>
    page.send('Emulation.setDeviceMetricsOverride', {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
  const setMedia = (scheme: 'light' | 'dark', media = 'screen') =>
    page.send('Emulation.setEmulatedMedia', {
      ...{ media, features: [{ name: 'prefers-color-scheme', value: scheme }] },
    });
  const setOpen = (isOpen: boolean) =>
    page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = ${String(isOpen)}; })`);
  const shown = (selector: string) =>
    page.evaluate(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.getClientRects().length > 0).length`,
    );

  it('asks for nothing but itself, is styled, and breaks no rule of its own', async () => {
    expect(page.requests).toHaveLength(1);
    expect(page.complaints).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.body).maxWidth')).not.toBe('none');
  });

  it('refuses a script that got into it all the same', async () => {
    await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
    })()`);
    expect(await page.evaluate('globalThis.ran === undefined')).toBe(true);
    expect(page.complaints.join()).toContain('Content Security Policy');
  });

  it('is read at any width: nothing is wider than the page, and each picture has the form that fits', async () => {
    await setOpen(true);
    for (const [width, form, other] of [
      [1100, 'across', 'down'],
      [360, 'down', 'across'],
    ] as const) {
      await setWidth(width);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await shown(`svg.${form}`)).toBe(5);
      expect(await shown(`svg.${other}`)).toBe(0);
    }
    await setWidth(1100);
  });

  it.each(['light', 'dark'] as const)('has enough contrast: %s', async (scheme) => {
    await setMedia(scheme);
    expect(await page.evaluate(faintTexts)).toEqual([]);
  });

  it('is printed with all that it says, open or not, on white', async () => {
    const height = () => page.evaluate('document.documentElement.scrollHeight');
    await setOpen(true);
    const onScreen = await height();
    await setMedia('dark', 'print');
    const whole = await height();
    await setOpen(false);
    expect(await height()).toBe(whole);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate(faintTexts)).toEqual([]);
    await setMedia('light');
    expect(await height()).toBeLessThan(Number(onScreen));
  });

  it('opens an entry by keyboard, and shows where one is', async () => {
    const press = async (key: string, text?: string) => {
      const code = { key, code: key === ' ' ? 'Space' : key, windowsVirtualKeyCode: key === 'Tab' ? 9 : 32 };
      await page.send('Input.dispatchKeyEvent', { type: 'keyDown', ...code, ...(text && { text }) });
      await page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...code });
    };
    await page.evaluate("document.querySelector('a.skip').focus()");
    await press('Tab');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('SUMMARY');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await press(' ', ' ');
    expect(await page.evaluate('document.activeElement.parentElement.open')).toBe(true);
  });

  it('has landmarks, names and states for assistive technology', async () => {
    await setOpen(true);
    const { nodes } = await page.send('Accessibility.getFullAXTree');
    const named = (nodes as readonly AccessibilityNode[]).flatMap(({ ignored, role, name }) =>
      ignored === true ? [] : [`${role?.value ?? ''}: ${name?.value ?? ''}`],
    );
    for (const expected of [
      ...['banner: ', 'main: ', 'contentinfo: ', 'heading: 2 manifests', 'region: Refused'],
      'image: How uidmap 4.17.4-2 is vouched for',
      ...['columnheader: Latest signature', 'rowheader: libpq5', 'link: To the entries'],
    ]) {
      expect(named).toContain(expected);
    }
    expect(named.some((one) => one.startsWith('DisclosureTriangle: uidmap 4.17.4-2 debian-security'))).toBe(
      true,
    );
  });
});

interface AccessibilityNode {
  readonly ignored?: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}
