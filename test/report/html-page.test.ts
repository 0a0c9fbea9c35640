/** The page of a finding as bytes: what it allows itself, what it carries, and that nothing of a run stands in its markup. */
import {createHash} from 'node:crypto';
import {describe, expect, test} from 'vitest';
import {hashed} from '../../src/cli/viewer-assets.ts';
import type {PageData, ReportData} from '../../src/report/html/data.ts';
import {inert, reportPage} from '../../src/report/html/page.ts';
import {aPage} from './findings.ts';

const assets = hashed('document.title = "shown";', 'body { color: black }');

/** The text of the element with that id, as a browser would read it: nothing in it is markup, so up to its end tag. */
const element = (page: string, id: string): string =>
  new RegExp(`<script type="application/json" id="${id}">([^<]*)</script>`).exec(page)?.[1] ?? '';

describe('the page', () => {
  const data = aPage(100);
  const page = reportPage(data, assets);

  test('is the same for the same finding', () => {
    expect(reportPage(aPage(100), hashed(assets.script, assets.style))).toBe(page);
  });

  test('allows its own script and style, by their hashes, and nothing else', () => {
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page)?.[1];
    const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
    expect(policy?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'sha256-${hash(assets.script)}'`,
      `style-src 'sha256-${hash(assets.style)}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<style>'));
    expect(page).toContain(`<script>${assets.script}</script>`);
    expect(page).toContain(`<style>${assets.style}</style>`);
    expect(page).not.toMatch(/ (src|href|style|on[a-z]+)=/);
  });

  test('carries the finding and the trace whole', () => {
    const carried = JSON.parse(element(page, 'finding')) as PageData;
    expect(carried.violation).toEqual(data.examined.violation);
    expect(carried.minimal).toEqual(data.examined.minimal);
    expect(carried.explanation).toEqual(data.examined.explanation);
    expect(carried.commands).toEqual(data.commands);
    expect(carried.test).toBe(data.test);
    expect(carried.bodies).toEqual(data.examined.film.bodies);
    const lines = element(page, 'trace').trim().split('\n');
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(
      data.examined.trace.map(line => JSON.parse(line) as unknown),
    );
  });

  test('has no character of a run that markup knows, or that hides or reorders text', () => {
    const nasty = '</script><img src=x onerror=alert(1)>&amp;\u2028\u2029\u202e\ud800\u0000\u007f\ufeff"\\';
    const {examined} = data;
    const trace = examined.trace.map(line => {
      const event = JSON.parse(line) as {k?: string; mark?: string};
      return event.k === 'probe' ? JSON.stringify({...event, mark: nasty}) : line;
    });
    const hostile: ReportData = {
      commands: {run: nasty, replay: nasty, explain: nasty},
      test: nasty,
      examined: {
        ...examined,
        trace,
        violation: {...examined.violation, message: nasty, expected: {[nasty]: nasty}},
        film: {...examined.film, frames: [{event: 1, node: nasty, state: {[nasty]: [nasty]}}]},
      },
    };
    const dangerous = reportPage(hostile, assets);
    // the same markup as that of the harmless page: whatever stands between it is one run of inert text each
    const skeleton = (text: string): string =>
      text.replace(/(id="(?:finding|trace)">)[^<>&]*(?=<\/script>)/g, '$1');
    expect(skeleton(dangerous)).toBe(skeleton(page));
    expect(dangerous).not.toMatch(
      // eslint-disable-next-line no-control-regex -- finding control characters is what this is for
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/,
    );
    expect(dangerous.isWellFormed()).toBe(true);
    const carried = JSON.parse(element(dangerous, 'finding')) as PageData;
    expect(carried.test).toBe(nasty);
    expect(carried.violation.expected).toEqual({[nasty]: nasty});
    expect(element(dangerous, 'trace')).toContain('\\u003c/script\\u003e\\u003cimg');
  });

  test('is not made of a trace that is none, or of a viewer that could break out', () => {
    const cut = {...data, examined: {...data.examined, trace: data.examined.trace.slice(0, -1)}};
    expect(() => reportPage(cut, assets)).toThrow(/not the footer of a trace/);
    for (const script of ['a</script>', 'a</SCRIPT >', 'a<!--']) {
      expect(() => reportPage(data, hashed(script, ''))).toThrow(/script ends no element/);
    }
    expect(() => reportPage(data, hashed('', 'a</style>'))).toThrow(/style ends no element/);
    expect(() => reportPage(data, {...assets, scriptHash: "sha256-x' 'unsafe-inline"})).toThrow(
      /hashes are CSP sources/,
    );
  });
});

test('inert text is the same JSON', () => {
  const value = {'<a & b>': ['\\<', '\\\\u003c', '\u2028', '\u202e', 'ü😀']};
  const text = inert(JSON.stringify(value));
  expect(text).not.toMatch(/[<>&\u2028\u202e]/);
  expect(text).toContain('ü😀');
  expect(JSON.parse(text)).toEqual(value);
});
