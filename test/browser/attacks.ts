/** Texts that would do something if a page took them for more than text, put into every place of a finding. */
import type {ReportData} from '../../src/report/html/data.ts';

/** Each would set `window.attacked`, open a dialog, ask the network, or hide what is true. */
const ATTACKS = [
  '<script>window.attacked="script"</script>',
  '"><img src=x onerror="window.attacked=\'img\'">',
  '</script><script>window.attacked="closed"</script>',
  "'-alert(1)-'",
  'javascript:window.attacked="url"',
  '<svg onload=window.attacked="svg">',
  '</textarea></style><style>*{display:none}</style>',
  '<!--<script>',
  '\u2028window.attacked="line"\u2029',
  '<iframe srcdoc="<script>parent.attacked=1</script>">',
  '<link rel=stylesheet href=http://attack.example/x.css>',
  '<meta http-equiv=refresh content="0;url=http://attack.example/">',
  '<base href=http://attack.example/>',
  '\u202eneddih\u202c',
  '\ud800lone',
  '\u0000\u001b[31m',
  '${window.attacked="template"}',
  '__proto__',
] as const;

/** Names that the shapes of a finding, its plan and its trace prescribe; all others are free, and attacked as well. */
const PRESCRIBED = new Set(
  (
    'examined commands test run replay explain original originalDigest originalSize minimal digest size violation ' +
    'locallyMinimal runs explanation trace film operations faults fates nodes steps schema system variant seed world ' +
    'weather stormMs patienceMs maxHappenings id at kind target args lasts arg delayMs act claim sentence signature ' +
    'stage code role node message expected actual happening atMs curve necessary kinds slice nearest fixed step hits ' +
    'label count without event failing passing place frames state bodies path request answer arrived n t k end'
  ).split(' '),
);

/** The finding with every text of it made an attack, free names of members included. Numbers stay, and what kind an event is. */
export function attacked(data: ReportData): ReportData {
  const trace = data.examined.trace.map(line => {
    const event = JSON.parse(line) as Record<string, unknown>;
    const fixed = ['schema', 'k', 'phase'].filter(name => Object.hasOwn(event, name));
    const values = Object.entries(event).map(([name, value]) => [
      name,
      fixed.includes(name) ? value : tainted(value),
    ]);
    return JSON.stringify(Object.fromEntries(values));
  });
  const all = tainted({...data, examined: {...data.examined, trace: []}}) as ReportData;
  return {...all, examined: {...all.examined, trace}};
}

function tainted(value: unknown): unknown {
  if (typeof value === 'string') return taint(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(tainted);
  const isFree = (name: string): boolean => !PRESCRIBED.has(name) && !/^\d+$/.test(name);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [isFree(name) ? taint(name) : name, tainted(item)]),
  );
}

/** The same text always becomes the same attack, so that what belongs together still does. */
function taint(text: string): string {
  if (text === '') return text;
  let sum = 0;
  for (const unit of text) sum = (sum * 31 + (unit.codePointAt(0) ?? 0)) % 99_991;
  return `${ATTACKS[sum % ATTACKS.length]}${text}`;
}
