/** A strict reader of the XML that JUnit reports are made of: it refuses whatever is not well-formed. */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};
const TOKEN = /<(\/?)([a-z]+)((?: [a-z-]+="[^"<]*")*)(\/?)>|([^<]+)/y;

/** The root element. Throws for what no reader of XML has to accept. */
export function readXml(xml: string): Element {
  for (const character of xml) {
    if (!isXmlCharacter(character.codePointAt(0) ?? 0)) {
      throw new Error(`not a character of XML: ${JSON.stringify(character)}`);
    }
  }
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(head)) throw new Error('no declaration');
  const top: Element = {name: '', attributes: {}, children: [], text: ''};
  const open: Element[] = [top];
  TOKEN.lastIndex = head.length;
  while (TOKEN.lastIndex < xml.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(xml);
    if (token === null) throw new Error(`not well-formed: ${xml.slice(at, at + 80)}`);
    take(token, open);
  }
  const [root, second] = top.children;
  if (open.length !== 1 || root === undefined || second !== undefined || top.text.trim() !== '') {
    throw new Error('not exactly one root that is closed');
  }
  return root;
}

function take([, closing, name, attributes, empty, text]: RegExpExecArray, open: Element[]): void {
  const current = open.at(-1) as Element;
  if (text !== undefined) {
    if (text.includes(']]>')) throw new Error(']]> in text');
    current.text += decoded(text);
  } else if (closing === '/') {
    if (open.length === 1 || current.name !== name || attributes !== '' || empty !== '') {
      throw new Error(`</${name}> closes <${current.name}>`);
    }
    open.pop();
  } else {
    const element = {name: name ?? '', attributes: readAttributes(attributes ?? ''), children: [], text: ''};
    current.children.push(element);
    if (empty === '') open.push(element);
  }
}

function readAttributes(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
    if (Object.hasOwn(found, name)) throw new Error(`the attribute ${name} stands there twice`);
    // a reader would turn a line break in an attribute into a space
    if (/[\n\r\t]/.test(value)) throw new Error(`a line break in the attribute ${name}`);
    found[name] = decoded(value);
  }
  return found;
}

const decoded = (text: string): string =>
  text.replace(/&([a-z]*);?/g, (whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined || !whole.endsWith(';')) throw new Error(`not an entity: ${whole}`);
    return character;
  });

const isXmlCharacter = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  code === 0xd ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  code >= 0x1_0000;
