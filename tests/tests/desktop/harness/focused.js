// Role and name of what has the focus, after names.js. The page itself has neither.
const it = document.activeElement ?? document.body;
return it === document.body ? ['', ''] : [roleOf(it), nameOf(it)];
