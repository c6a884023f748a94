SELECT JSON_EXTRACT_PATH_TEXT('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}', 'f4', 'f6');
--> "star"
SELECT JSON_EXTRACT_PATH_TEXT('{"a":1}', 'b'), JSON_EXTRACT_PATH_TEXT('{"a":null}', 'a'), JSON_EXTRACT_PATH_TEXT('{"a":{"b":[1,2]}}', 'a');
--> [null, null, "{\"b\":[1,2]}"]
SELECT JSON_EXTRACT_PATH_TEXT('{"a":1', 'a');
--! JSON parsing error
SELECT JSON_EXTRACT_PATH_TEXT('{"a":1', 'a', true);
--> null
SELECT JSON_EXTRACT_ARRAY_ELEMENT_TEXT('[111,112,113]', 2), JSON_EXTRACT_ARRAY_ELEMENT_TEXT('[1]', 5), JSON_ARRAY_LENGTH('[1,[2],3]');
--> ["113", null, 3]
SELECT IS_VALID_JSON('{"a":2}'), IS_VALID_JSON('{"a":2'), IS_VALID_JSON_ARRAY('[1]'), CAN_JSON_PARSE('[1,]');
--> [true, false, true, false]
SELECT JSON_SERIALIZE(JSON_PARSE('{"a": [1, "b c"]}')), JSON_TYPEOF(JSON_PARSE('[1]')), GET_ARRAY_LENGTH(ARRAY(1, 2));
--> ["{\"a\":[1,\"b c\"]}", "array", 2]
SELECT ARRAY_CONCAT(ARRAY(1), ARRAY(2, 'x')), SPLIT_TO_ARRAY('a|b', '|'), SUBARRAY(ARRAY('a','b','c'), 1, 2);
--> ["[1,2,\"x\"]", "[\"a\",\"b\"]", "[\"b\",\"c\"]"]
SELECT OBJECT('a', 1), ARRAY_FLATTEN(ARRAY(1, ARRAY(2, 3))), IS_OBJECT(OBJECT('a', 1)), IS_ARRAY(ARRAY());
--> ["{\"a\":1}", "[1,2,3]", true, true]
SELECT JSON_PARSE('"text"')::varchar, JSON_PARSE('5')::int, JSON_PARSE('[1, 2]')::varchar;
--> ["text", 5, "[1,2]"]
