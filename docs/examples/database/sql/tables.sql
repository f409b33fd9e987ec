CREATE TABLE stock (name text PRIMARY KEY, pieces integer NOT NULL CHECK (pieces >= 0));
INSERT INTO stock VALUES ('apple', 3), ('pear', 0);
