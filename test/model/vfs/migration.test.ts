/** The reference of the chain against the chain itself, on tables drawn at random: two tellings that must agree. */
import {expect, test} from 'vitest';
import {SQLITE} from '../../../src/impl/vfs/migration/dialect.ts';
import {baselineSchema} from '../../../src/impl/vfs/migration/legacy-schema.ts';
import {runStep} from '../../../src/impl/vfs/migration/runner.ts';
import {canonicalJson} from '../../../src/model/vfs/compare.ts';
import {expectStep} from '../../../src/model/vfs/migration.ts';
import type {MigrationTables} from '../../../src/model/vfs/migration-tables.ts';
import {readTables} from '../../../scenarios/vfs/flattening/tables.ts';
import {Stream} from '../../../src/sim/random.ts';
import {MemoryDisk} from '../../impl/vfs/memory-host.ts';

const CASES = 250;
const MUST_BE_SEEN = 16;

/** Ids are few, so that rows collide; a value in so many is odd. */
function drawRows(random: Stream): readonly string[] {
  const id = (): string => random.pick(['a', 'b', 'c', 'd']);
  const odd = <T>(usual: T, ...others: T[]): T => (random.oneIn(6) ? random.pick(others) : usual);
  const rows: string[] = [];
  const some = (most: number, add: () => void): void => {
    for (let left = random.integer(0, most); left > 0; left -= 1) add();
  };
  some(3, () =>
    rows.push(`INSERT INTO vfs_registry VALUES ('item-${id()}', 'folder', 'u', 1) ON CONFLICT DO NOTHING`),
  );
  some(3, () => {
    const blob = `blob-${id()}`;
    const key = odd(`key-${blob}`, 'key-blob-a', blob);
    rows.push(
      `INSERT INTO vfs_blob_objects VALUES ('${blob}', 'sha', 2, '${key}', 'u', 3) ON CONFLICT DO NOTHING`,
    );
    if (random.oneIn(3))
      rows.push(
        `INSERT INTO vfs_registry VALUES ('${blob}', '${odd('blob', 'file')}', 'u', 4) ON CONFLICT DO NOTHING`,
      );
    if (random.oneIn(4))
      rows.push(
        `INSERT INTO vfs_blob_bytes VALUES ('${blob}', '${key}', NULL, 2, 'sha', NULL) ON CONFLICT DO NOTHING`,
      );
  });
  some(3, () => {
    const stage = `stage-${id()}`;
    const status = odd(random.pick(['staged', 'attached', 'abandoned']), 'odd');
    const item = random.oneIn(2)
      ? 'NULL'
      : `(SELECT id FROM vfs_registry WHERE object_type = 'folder' LIMIT 1)`;
    rows.push(
      `INSERT INTO vfs_blob_staging SELECT '${stage}', id, 'u', '${status}', 5, ${random.integer(6, 2_000)}, 99999, ${item}
       FROM vfs_blob_objects ORDER BY id LIMIT 1 ON CONFLICT DO NOTHING`,
    );
    if (random.oneIn(4))
      rows.push(
        `INSERT INTO vfs_registry VALUES ('${stage}', '${odd('blobStage', 'note')}', 'u', 5) ON CONFLICT DO NOTHING`,
      );
    if (random.oneIn(4))
      rows.push(link(odd(stage, 'elsewhere'), odd(stage, 'x'), 'blob-a', `blob-stage:${status}`));
  });
  some(2, () =>
    rows.push(
      `INSERT INTO vfs_blob_refs SELECT 'ref-${id()}', o.id, i.id, '${odd('file', 'photo')}', 'u', 7
       FROM vfs_blob_objects o, vfs_registry i WHERE i.object_type = 'folder' ORDER BY o.id, i.id LIMIT 1
       ON CONFLICT DO NOTHING`,
    ),
  );
  if (random.oneIn(5)) rows.push(link(odd('mine', 'ref-a'), 'item-a', 'blob-a', odd('blob-link:file', '')));
  some(2, () => {
    const item = `item-${id()}`;
    const [key, level] = [odd('k', 'other'), odd('read', 'write')];
    const by = random.oneIn(2) ? 'NULL' : `'u'`;
    rows.push(
      `INSERT INTO vfs_access VALUES ('${item}', 'v', 'k', NULL, 'read', ${by}, 8, NULL) ON CONFLICT DO NOTHING`,
    );
    rows.push(
      `INSERT INTO vfs_acl_entries VALUES ('acl-${item}', '${item}', 'user', 'v', '${level}', '${key}', NULL, ${odd(by, 'NULL')},
        9, 9, NULL, ${odd('NULL', '1')}) ON CONFLICT DO NOTHING`,
    );
  });
  return rows;
}

function link(id: string, parent: string, child: string, key: string): string {
  return `INSERT INTO vfs_links VALUES ('${id}', '${parent}', '${child}', '${key}', NULL, NULL, 6) ON CONFLICT DO NOTHING`;
}

/** Something that is done to the tables between two steps, by whoever has no business there. */
const MEDDLING: readonly string[] = [
  `UPDATE OR IGNORE vfs_links SET child_id = 'nothing' WHERE parent_id = id`,
  `UPDATE OR IGNORE vfs_links SET parent_id = 'nowhere' WHERE parent_id = id`,
  `UPDATE OR IGNORE vfs_links SET wrapped_session_key = 'blob-stage:attached' WHERE parent_id = id`,
  `UPDATE vfs_registry SET object_type = 'folder' WHERE object_type = 'blob'`,
  `DELETE FROM vfs_links WHERE wrapped_session_key LIKE 'blob-link:%'`,
  `DELETE FROM vfs_links WHERE parent_id = id`,
  `UPDATE OR IGNORE vfs_blob_bytes SET object_key = 'moved-' || blob_id`,
  `DELETE FROM vfs_acl_entries`,
];

const inOneOrder = (tables: MigrationTables): unknown =>
  Object.entries(tables).map(([name, rows]: [string, unknown]) => [
    name,
    Array.isArray(rows) ? rows.map(row => canonicalJson(row)).toSorted((a, b) => (a < b ? -1 : 1)) : rows,
  ]);

test(`every step comes to the same in ${CASES} databases: the same rows, or the same words`, async () => {
  const seen = new Map<string, number>();
  for (let index = 0; index < CASES; index += 1) {
    const random = Stream.keyed('0x5eed', `tables ${index}`);
    const disk = new MemoryDisk();
    const database = await disk.open('server', [...baselineSchema({checked: false}), ...drawRows(random)]);
    const file = disk.files.get('server');
    if (file === undefined) throw new Error('the database was opened');
    const scene = {get: file.get.bind(file), all: file.all.bind(file)};
    const look = (): MigrationTables =>
      readTables({
        get: (sql, params = []) => scene.get(sql, params),
        all: (sql, params = []) => scene.all(sql, params),
      });
    for (let version = 24; version <= 27; version += 1) {
      if (random.oneIn(4)) await database.run(random.pick(MEDDLING));
      const before = look();
      const expected = expectStep(before);
      const result = await runStep({database, dialect: SQLITE, now: () => 1}, version);
      const told = expected.kind === 'refuse' ? expected.message : 'applied';
      expect(result.kind === 'refused' ? result.message : result.kind, `case ${index}, v0${version}`).toBe(
        told,
      );
      const after = expected.kind === 'refuse' ? before : expected.tables;
      expect(inOneOrder(look()), `case ${index}, v0${version}`).toEqual(inOneOrder(after));
      const key = `${version} ${told}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
      if (expected.kind === 'refuse') break;
    }
    file.close();
  }
  expect(
    [...seen.keys()].filter(key => !key.endsWith('applied')).length,
    [...seen.keys()].join('\n'),
  ).toBeGreaterThanOrEqual(MUST_BE_SEEN - 3);
  for (const version of [24, 25, 26, 27])
    expect(seen.get(`${version} applied`), String(version)).toBeGreaterThan(20);
});
