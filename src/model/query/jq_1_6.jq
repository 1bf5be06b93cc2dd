# What jq 1.6 has and the engine lacks, or has otherwise. No clock, no environment, no other input (CHOICE).

# The engine writes numbers in its own way.
def tostring: "\(.)";

# Arguments that are arrays, and flags that are null.
def re_of: if type == "array" then .[0] else . end;
# `s` changes nothing there, and `p` lets a point be a line end, as `s` does here.
def flags_of($flags): (if type == "array" then .[1] else $flags end) // ""
  | [explode[] | select(. != 115) | if . == 112 then 115 else . end] | implode;
def match($re; $flags): ($re | re_of) as $r | ($re | flags_of($flags)) as $f
  | matches($r; $f)[] | .[0] + {captures: .[1:]};
def match($re): match($re; null);
def test($re; $flags): ($re | re_of) as $r | ($re | flags_of($flags)) as $f | matches($r; $f) | . != [];
def test($re): test($re; null);
def named: [.captures[] | select(.name != null) | {key: .name, value: .string}] | from_entries;
def capture($re; $flags): match($re; $flags) | named;
def capture($re): capture($re; null);
def scan($re): match($re; "g") | if (.captures | length) > 0 then [.captures[].string] else .string end;
def split($re; $flags): if type == "string" then split_($re; ($flags // "") + "g") else error("cannot be matched, as it is not a string") end;
def splits($re; $flags): split($re; $flags)[];
def splits($re): splits($re; null);

def contains($x): if type == ($x | type) and (type != "boolean" or . == $x) then contains_($x)
  else error("\(type) and \($x | type) cannot have their containment checked") end;
def inside($x): . as $y | $x | contains($y);

def ltrimstr($x): if type == "string" and ($x | type) == "string" and startswith($x) then .[$x | length:] else . end;
def rtrimstr($x): if type == "string" and ($x | type) == "string" and endswith($x) and $x != "" then .[:length - ($x | length)] else . end;

def add: reduce .[] as $x (null; . + $x);
def any: reduce .[] as $x (false; . or $x);
def all: reduce .[] as $x (true; . and $x);
def join($x): reduce .[] as $i (null; (if . == null then "" else . + $x end)
  + ($i | if type == "boolean" or type == "number" then tojson else . // "" end)) // "";
def flatten($depth): if $depth < 0 then error("flatten depth must not be negative")
  else reduce .[] as $i ([]; if ($i | type) == "array" and $depth > 0 then . + ($i | flatten($depth - 1)) else . + [$i] end) end;
def flatten: flatten(1e9);
def recurse: ..;
def recurse_down: recurse;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
# A key of the record is a text, and no other value becomes one.
def from_entries: reduce .[] as $x ({}; . + {($x | .key // .name // .Name // .Key
  | if type == "string" then . else error("Cannot use \(type) as object key") end):
  ($x | if has("value") then .value else .Value end)});
def with_entries(f): to_entries | map(f) | from_entries;
# Seconds are cut, and letters that the C library does not know match nothing.
def cut: if . < 0 then ceil else floor end;
# What the engine can hold: years of four digits, and months that there are.
def dated: if type == "number" then if . > 4e11 or . < -4e11 then error("the year has more than four digits") else . end
  elif type == "array" and (.[1] | type) == "number" and (.[1] < 0 or .[1] > 11) then error("there is no such month") else . end;
def strftime($format): (if type == "number" then cut else . end) | dated | strftime_($format);
def gmtime: dated | if type == "number" then (. - floor) as $part | cut | gmtime_ | if $part > 0 then .[5] += $part else . end
  else gmtime_ end;
def mktime: (if type == "array" then [.[:6][] | if type == "number" then cut else . end] else . end) | dated | mktime_
  | if . == -1 then error("invalid gmtime representation") else . end;
def strptime($format): if any($format | split("%%")[]; contains("%f")) then error("date does not match format") else strptime_($format) end;
def todate: strftime("%Y-%m-%dT%H:%M:%SZ");
def todateiso8601: todate;
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%SZ") | mktime;
def fromdate: fromdateiso8601;
def date: todate;
def dateadd(u; n): . + n;
def datesub(u; n): . - n;
def localtime: gmtime;
def strflocaltime($format): strftime($format);
def at($path): reduce $path[] as $p (.; .[$p]);
def getpath($path): if ($path | length) == 0 then . elif . == null then null else .[$path[0]] | getpath($path[1:]) end;
def setpath($path; $value): if ($path | length) == 0 then $value
  else (if . == null then null else .[$path[0]] end) as $old | (if . == null then (if ($path[0] | type) == "number" then [] else {} end) else . end)
    | (if ($path[0] | type) == "number" and $path[0] >= length then . + [range(($path[0] + 1) - length) | null] else . end)
    | .[$path[0]] = ($old | setpath($path[1:]; $value)) end;
def delpaths($paths): reduce ($paths | sort | reverse | .[]) as $path (.; . as $in | try (at($path) |= empty) catch $in);
def del(f): delpaths([path(f)]);
def leaf_paths: paths(scalars);
def scalars_or_empty: select(scalars);
def isvalid(f): try (f | true) catch false;
def ascii: [.] | implode;
def in($xs): . as $x | $xs | has($x);
def inside($xs): . as $x | $xs | contains($x);
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def JOIN($idx; f): [.[] | [., $idx[f]]];
def JOIN($idx; stream; f): stream | [., $idx[f]];
def JOIN($idx; stream; f; join): stream | [., $idx[f]] | join;
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def tostream: path(def r: (.[]? | r), .; r) as $p | getpath($p)
  | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
# What is built so far, and whether it is whole.
def fromstream(f): foreach f as $event ([null, false];
  (if .[1] then null else .[0] end) as $built
    | if ($event | length) == 2 then [($built | setpath($event[0]; $event[1])), ($event[0] | length) == 0]
      else [$built, ($event[0] | length) == 1] end;
  if .[1] then .[0] else empty end);
def truncate_stream(stream): . as $n | null | stream | . as $input
  | if (.[0] | length) > $n then setpath([0]; .[0][$n:]) else empty end;
# With 0 the first one comes out, and below that all.
def limit($n; f): if $n < 0 then f elif $n == 0 then first(f) else limit_($n; f) end;
def nth($n; f): if $n < 0 then error("Out of bounds negative array index") else last(limit($n + 1; f)) end;
def until(condition; update): def go: if condition then . else update | go end; go;
def while(condition; update): def go: if condition then ., (update | go) else empty end; go;
def min_by(f): reduce (.[] | [., [f]]) as $x (null; if . == null or $x[1] < .[1] then $x else . end) | if . == null then null else .[0] end;
def max_by(f): reduce (.[] | [., [f]]) as $x (null; if . == null or $x[1] >= .[1] then $x else . end) | if . == null then null else .[0] end;
def min: min_by(.);
def max: max_by(.);
def bsearch($target): def go($low; $high): if $low > $high then -1 - $low
    else (($low + $high) / 2 | floor) as $at
      | if .[$at] == $target then $at elif .[$at] < $target then go($at + 1; $high) else go($low; $at - 1) end end;
  go(0; length - 1);
def cell(f): if type == "number" or type == "boolean" then tostring elif type == "string" then f elif . == null then ""
  else error("\(type) is not valid in a csv row") end;
def row(f; $between): if type == "array" then map(cell(f)) | join($between) else error("\(type) cannot be formatted, only an array can be") end;
def @csv: row("\"" + (split("\"") | join("\"\"")) + "\""; ",");
def @tsv: row(split("\\") | join("\\\\") | split("\t") | join("\\t") | split("\n") | join("\\n") | split("\r") | join("\\r"); "\t");
def @html: tostring | split("&") | join("&amp;") | split("<") | join("&lt;") | split(">") | join("&gt;")
  | split("'") | join("&apos;") | split("\"") | join("&quot;");
def @sh: def quoted: if type == "string" then "'" + (split("'") | join("'\\''")) + "'"
    elif type == "array" or type == "object" then error("\(type) can not be escaped for shell") else tostring end;
  if type == "array" then map(quoted) | join(" ") else quoted end;

def format(f): if f == "text" then @text elif f == "json" then @json elif f == "html" then @html elif f == "uri" then @uri
  elif f == "csv" then @csv elif f == "tsv" then @tsv elif f == "sh" then @sh elif f == "base64" then @base64
  elif f == "base64d" then @base64d else error("\(f) is not a valid format") end;

def env: {};
def now: 1767225600;
def input: error("No more inputs");
def inputs: empty;
def debug: .;
def debug(f): .;
def stderr: .;
def input_filename: null;
def input_line_number: 0;
def get_search_list: [];
def get_jq_origin: null;
def get_prog_origin: null;
def modulemeta: error("modules are not loaded");
def builtins: [];
def halt: error("the query halted");
def halt_error: error;
def halt_error($code): error;

def trunc: if . < 0 then ceil else floor end;
def ldexp(x; e): x * pow(2.0; e);
def scalb(x; e): x * pow(2.0; e);
def scalbln(x; e): x * pow(2.0; e);
def nearbyint: rint;
def lgamma_r: [lgamma, 1];
