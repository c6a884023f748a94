SELECT currency, CAST({{interval.start}} AS DATE) AS day, count(*) AS rows, sum(cents) AS cents FROM rows GROUP BY currency
