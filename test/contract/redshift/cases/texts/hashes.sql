SELECT MD5('Amazon Redshift');
--> "f7415e33f972c03abd4f3fed36748f7a"
SELECT SHA1('Amazon Redshift'), FUNC_SHA1('');
--> ["eeac5ed1e11cda66032c30ad77b25071b5487f55", "da39a3ee5e6b4b0d3255bfef95601890afd80709"]
SELECT SHA2('a', 224), SHA2('a', 0) = SHA2('a', 256);
--> ["abd37534c7d9a2efb9465de931cd7055ffdb8879563ae98078d6d6d5", true]
SELECT FNV_HASH(1::smallint), FNV_HASH(1), FNV_HASH(1::bigint);
--> [589727492704079044, -5968735742475085980, -8517097267634966620]
SELECT FNV_HASH('Amazon Redshift'), FNV_HASH('Amazon Redshift', FNV_HASH(1)), FNV_HASH('cd', FNV_HASH('ab')) = FNV_HASH('abcd');
--> [7783490368944507294, -2202602717770968555, true]
SELECT SHA('') = SHA1('');
--> true
SELECT CRC32('Amazon Redshift');
--> "f2726906"
