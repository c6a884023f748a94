-- Halves go away from zero.
SELECT ROUND(2.5), ROUND(-2.5), ROUND(2.5::float8), ROUND(-0.5::float8), ROUND(1.005::decimal(6,3), 2);
--> ["3", "-3", 3, -1, "1.01"]
SELECT ROUND(12.345::float8, 1), ROUND(28.05, 1), TRUNC(110.28, 1), TRUNC(110.28::float8, 1), TRUNC(-1.9);
--> [12.3, "28.1", "110.2", 110.2, "-1"]
SELECT CEIL(1.1), FLOOR(-1.1), SIGN(-3), ABS(-3), CEILING(2.0::float8);
--> ["2", "-2", -1, 3, 2]
SELECT SQRT(16), EXP(0), LN(1), LOG(100), POWER(2, 10), DLOG10(10), CBRT(1);
--> [4, 1, 0, 2, 1024, 1, 1]
SELECT CAST(12.55 AS decimal(4,1)), 12.5::int, '12'::int, 1.5::decimal;
--> ["12.6", 13, 12, "2"]
