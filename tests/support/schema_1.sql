-- SPDX-License-Identifier: Apache-2.0
-- A database as weir 0.1.0 with schema 1 left it, killed in the middle of its work: a table that held
-- two values before, a counted file with bad lines, an empty one, one that was set aside, and one of
-- which four units of eight are counted. Dumped with sqlite3; never edited, for such databases are
-- out there.
BEGIN TRANSACTION;
CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;
INSERT INTO usage VALUES(0,6790);
INSERT INTO usage VALUES(1,6572);
INSERT INTO usage VALUES(2,6624);
INSERT INTO usage VALUES(3,7676);
INSERT INTO usage VALUES(4,6728);
INSERT INTO usage VALUES(5,285);
INSERT INTO usage VALUES(6,300);
INSERT INTO usage VALUES(100,-7);
CREATE TABLE weir_meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO weir_meta VALUES('incarnation','00112233445566778899aabbccddeeff');
INSERT INTO weir_meta VALUES('schema_version','1');
CREATE TABLE weir_table(
         name TEXT PRIMARY KEY COLLATE NOCASE, consumer_column TEXT NOT NULL,
         amount_column TEXT NOT NULL, key TEXT NOT NULL, base_amount TEXT NOT NULL,
         base_keyed TEXT NOT NULL, entered_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO weir_table VALUES('usage','consumer','amount','integer','993','0000000000000129f8db2eb81ff1f1cb',1795263455786533771);
CREATE TABLE weir_flow(
         name TEXT PRIMARY KEY, table_name TEXT NOT NULL COLLATE NOCASE) STRICT, WITHOUT ROWID;
INSERT INTO weir_flow VALUES('usage','usage');
CREATE TABLE weir_file(
         sequence INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, identity BLOB NOT NULL,
         path BLOB NOT NULL, size INTEGER NOT NULL, inode INTEGER NOT NULL,
         modified INTEGER NOT NULL, tag BLOB NOT NULL, unit_bytes INTEGER NOT NULL,
         compression TEXT NOT NULL, format TEXT NOT NULL, epoch INTEGER NOT NULL,
         state TEXT NOT NULL, reason TEXT NOT NULL, accepted_at INTEGER NOT NULL,
         finished_at INTEGER NOT NULL, units INTEGER NOT NULL, units_done INTEGER NOT NULL,
         good INTEGER NOT NULL, rejected INTEGER NOT NULL, blank INTEGER NOT NULL,
         sum TEXT NOT NULL, digest TEXT NOT NULL, final_newline INTEGER NOT NULL,
         UNIQUE (flow, identity)) STRICT;
INSERT INTO weir_file VALUES(1,'usage',X'706174683a2f696e2f656d7074792e747874',X'2f696e2f656d7074792e747874',0,1,1777852800000000000,X'',256,'none','pairs/1 key=integer separator=space negative=no record_max=1048576',0,'done','',1795263455798691739,1795263455798691739,0,0,0,0,0,'0','00000000000000000000000000000000',1);
INSERT INTO weir_file VALUES(2,'usage',X'706174683a2f696e2f6f6e652e747874',X'2f696e2f6f6e652e747874',212,2,1777852800000000000,X'',256,'none','pairs/1 key=integer separator=space negative=no record_max=1048576',0,'done','',1795263455798704719,1795263455805530577,1,1,40,2,0,'2340','015297784ac8de16c1449c09997a3a10',1);
INSERT INTO weir_file VALUES(3,'usage',X'706174683a2f696e2f746162732e747874',X'2f696e2f746162732e747874',30,3,1777852800000000000,X'',256,'none','pairs/1 key=integer separator=space negative=no record_max=1048576',0,'quarantined','looks wrong: looks tab-separated: --set format.separator=blank (5 of the 5 lines at its start would be rejected)',1795263455798712721,0,1,0,0,0,0,'0','00000000000000000000000000000000',1);
INSERT INTO weir_file VALUES(4,'usage',X'706174683a2f696e2f74776f2e747874',X'2f696e2f74776f2e747874',1800,4,1777852800000000000,X'',256,'none','pairs/1 key=integer separator=space negative=no record_max=1048576',0,'pending','',1795263481254909091,0,8,4,171,0,0,'31635','18e482b4616dd026b37d58ce73f3307d',1);
CREATE TABLE weir_unit(
         file INTEGER NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL,
         shard INTEGER NOT NULL, begin_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
         state TEXT NOT NULL, good INTEGER NOT NULL, rejected INTEGER NOT NULL,
         blank INTEGER NOT NULL, sum TEXT NOT NULL, digest TEXT NOT NULL,
         done_at INTEGER NOT NULL,
         PRIMARY KEY (file, epoch, number, shard)) STRICT, WITHOUT ROWID;
INSERT INTO weir_unit VALUES(3,0,0,0,0,30,'pending',0,0,0,'0','00000000000000000000000000000000',0);
INSERT INTO weir_unit VALUES(4,0,0,0,0,256,'done',43,0,0,'5203','44c4227e782383765ddbc826aa415cd1',1795263481265769131);
INSERT INTO weir_unit VALUES(4,0,1,0,256,512,'done',43,0,0,'7052','df4dad02b51d2e858fe3f0a52e803786',1795263481269527503);
INSERT INTO weir_unit VALUES(4,0,2,0,512,768,'done',42,0,0,'8673','d27898315003f221a9ffccabd8d08d9c',1795263481273342911);
INSERT INTO weir_unit VALUES(4,0,3,0,768,1024,'done',43,0,0,'10707','225a1b01e4292c091bbdd356c2610e8a',1795263481277483010);
INSERT INTO weir_unit VALUES(4,0,4,0,1024,1280,'pending',0,0,0,'0','00000000000000000000000000000000',0);
INSERT INTO weir_unit VALUES(4,0,5,0,1280,1536,'pending',0,0,0,'0','00000000000000000000000000000000',0);
INSERT INTO weir_unit VALUES(4,0,6,0,1536,1792,'pending',0,0,0,'0','00000000000000000000000000000000',0);
INSERT INTO weir_unit VALUES(4,0,7,0,1792,1800,'pending',0,0,0,'0','00000000000000000000000000000000',0);
CREATE TABLE weir_batch(
         number INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL COLLATE NOCASE,
         at INTEGER NOT NULL, commits INTEGER NOT NULL, units INTEGER NOT NULL,
         keys INTEGER NOT NULL, amount TEXT NOT NULL, keyed TEXT NOT NULL) STRICT;
INSERT INTO weir_batch VALUES(1,'usage',1795263455805530577,1,1,7,'2340','000000000000041db8afb5e78a2c944b');
INSERT INTO weir_batch VALUES(2,'usage',1795263481265769131,1,1,5,'5203','00000000000008c3b61afe5a26ac05d8');
INSERT INTO weir_batch VALUES(3,'usage',1795263481269527503,1,1,5,'7052','0000000000000c6a325223cb2e348c68');
INSERT INTO weir_batch VALUES(4,'usage',1795263481273342911,1,1,5,'8673','0000000000000e5e78c3d9ede43bc4f1');
INSERT INTO weir_batch VALUES(5,'usage',1795263481277483010,1,1,5,'10707','00000000000012d7559b43d3260ef426');
CREATE TABLE weir_reject(
         file INTEGER NOT NULL, unit INTEGER NOT NULL, line_in_unit INTEGER NOT NULL,
         byte_offset INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, line INTEGER,
         PRIMARY KEY (file, unit, line_in_unit)) STRICT, WITHOUT ROWID;
INSERT INTO weir_reject VALUES(2,0,41,202,'missing_amount','bad',41);
INSERT INTO weir_reject VALUES(2,0,42,206,'extra_field','3 4 5',42);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('weir_file',4);
INSERT INTO sqlite_sequence VALUES('weir_batch',5);
CREATE INDEX weir_file_state ON weir_file(flow, state);
CREATE INDEX weir_file_digest ON weir_file(digest, size)
         WHERE state = 'done' AND size > 0;
COMMIT;
