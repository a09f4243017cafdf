"""EspoCRM as its REST API answers: records of entities, filters, phones in E.164 alone, duplicates,
and errors whose reason stands in a header."""
