/** The page of a finding: one HTML file that opens from disk, asks for nothing, and holds all that came from a run as inert text. */
import {assert} from '../../sim/assert.ts';
import {parseTrace} from '../../sim/events.ts';
import {pageData, type ReportAssets, type ReportData} from './data.ts';
import {FINDING_ID, TRACE_ID} from './ids.ts';

/**
 * The whole page: the same data and viewer give the same bytes. Nothing of the data stands in the markup; the viewer
 * puts it in as text. Throws `UnreadableError` if the trace is not one.
 */
export function reportPage(data: ReportData, assets: ReportAssets): string {
  const {trace} = data.examined;
  parseTrace(trace);
  checkAssets(assets);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy(assets)}">`,
    '<meta name="referrer" content="no-referrer">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>Syncstorm finding</title>',
    `<style>${assets.style}</style>`,
    '</head>',
    '<body>',
    '<noscript><p>This page draws itself with a script that it brings along. REPORT.md beside it tells the same in words.</p></noscript>',
    '<div id="page"></div>',
    `<script type="application/json" id="${FINDING_ID}">${inert(JSON.stringify(pageData(data)))}</script>`,
    `<script type="application/json" id="${TRACE_ID}">`,
    inert(trace.join('\n')),
    '</script>',
    `<script>${assets.script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Script and style by their hashes, and nothing else: no network, no markup from text, no frames, no forms. */
const policy = ({scriptHash, styleHash}: ReportAssets): string =>
  [
    "default-src 'none'",
    `script-src '${scriptHash}'`,
    `style-src '${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

/** What could end an element, and what a reader of the source could not see; in JSON these stand in strings only. */
const LIVE = /[<>&\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** JSON text as it may stand in an element: the same value, with no character that markup knows. */
export const inert = (json: string): string =>
  json.replace(LIVE, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const HASH = /^sha256-[A-Za-z0-9+/]{43}=$/;

function checkAssets({script, scriptHash, style, styleHash}: ReportAssets): void {
  assert(HASH.test(scriptHash) && HASH.test(styleHash), "the viewer's hashes are CSP sources");
  assert(!/<\/script|<!--/i.test(script), "the viewer's script ends no element");
  assert(!/<\/style|<!--/i.test(style), "the viewer's style ends no element");
}
