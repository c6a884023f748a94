SELECT SOUNDEX('Amazon'), SOUNDEX('Amazen'), DIFFERENCE('Amazon', 'Redshift'), DIFFERENCE('Amazon', 'Amazen');
--> ["A525", "A525", 1, 4]
SELECT OCTETINDEX('redshift', 'Amazon redshift'), OCTETINDEX('z', 'grünz'), REPLICATE('ab', 2);
--> [8, 6, "abab"]
