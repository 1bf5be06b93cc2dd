//! What running a query on one record may cost: steps, sizes and depth, counted the same on every machine.
//!
//! The engine itself can't be stopped. So the query is rewritten before it is compiled ([`super::metering`]): calls of
//! [`filters`] stand wherever something repeats, grows or recurses, and fail when the budget is spent.

use std::cell::Cell;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jaq_core::{
    Bind, Ctx, DataT, Error, Exn, Native, ValR, ValX,
    compile::Lut,
    data::HasLut,
    native::{Fun, bome, run, v},
    ops::Math,
};
use jaq_json::{Num, Val};

use super::jq_text;

/// What one record may cost, in units: about a byte that is copied, or an element that is looked at (CHOICE). Takes
/// some tenths of a second at the most.
const UNITS: u64 = 2_000_000;
/// What each repetition costs.
const TICK: u64 = 8;
/// What a regular expression costs before it is matched, since it is compiled each time; and what each of its bytes does.
const EXPRESSION: (u64, u64) = (200, 50);
/// Deepest nesting of values that a query makes; records have the same limit.
const DEEPEST_VALUE: u32 = 512;
/// Levels of terms that calls inside of each other may add up to (CHOICE): each takes stack.
const DEEPEST_CALLS: u32 = 1_000;
/// Levels that definitions of jq's own may add to those of the query, for each call.
const OWN_LEVELS: u32 = 8;
/// The stack, in bytes, that running a query may take: some 6 KiB a level in builds without optimisation.
pub const STACK: usize = 16 << 20;
/// Whole numbers up to which doubles are exact.
const EXACT: isize = 1 << 53;

/// What is left to one record.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<u64>,
    depth: Cell<u32>,
    /// How many levels one call adds.
    height: u32,
    why: Cell<Option<&'static str>>,
}

impl Budget {
    pub(super) fn new(height: u32) -> Budget {
        Budget {
            left: Cell::new(UNITS),
            depth: Cell::new(0),
            height: height + OWN_LEVELS,
            why: Cell::new(None),
        }
    }

    /// Why the query was ended.
    pub(super) fn why(&self) -> Option<&'static str> {
        self.why.get()
    }

    fn spend(&self, units: u64) -> Result<(), Error<Val>> {
        match self.left.get().checked_sub(units) {
            Some(left) if self.why.get().is_none() => {
                self.left.set(left);
                Ok(())
            }
            _ => Err(self.end("it takes more steps or memory than a record may take")),
        }
    }

    fn end(&self, why: &'static str) -> Error<Val> {
        if self.why.get().is_none() {
            self.why.set(Some(why));
        }
        Error::str(why)
    }

    /// Spends the size of a value.
    fn size(&self, value: &Val) -> Result<(), Error<Val>> {
        let mut left = self.left.get();
        match measure(value, &mut left, 0) {
            Ok(()) => {
                let spent = self.left.get() - left;
                self.spend(spent)
            }
            Err(Measured::TooLarge) => self.spend(u64::MAX),
            Err(Measured::TooDeep) => Err(self.end("it nests values deeper than 512 levels")),
        }
    }

    fn enter(&self) -> Result<(), Error<Val>> {
        let depth = self.depth.get() + self.height;
        if depth > DEEPEST_CALLS {
            return Err(self.end("it calls itself too deeply"));
        }
        self.depth.set(depth);
        Ok(())
    }

    fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(self.height));
    }
}

enum Measured {
    TooLarge,
    TooDeep,
}

/// Takes the size of a value, as if nothing in it were shared, off `left`.
fn measure(value: &Val, left: &mut u64, depth: u32) -> Result<(), Measured> {
    if depth > DEEPEST_VALUE {
        return Err(Measured::TooDeep);
    }
    let own = match value {
        Val::TStr(text) | Val::BStr(text) => 1 + text.len() as u64 / 4,
        _ => 1,
    };
    *left = left.checked_sub(own).ok_or(Measured::TooLarge)?;
    match value {
        Val::Arr(items) => items.iter().try_for_each(|item| measure(item, left, depth + 1)),
        Val::Obj(members) => members.iter().try_for_each(|(key, member)| {
            measure(key, left, depth + 1)?;
            measure(member, left, depth + 1)
        }),
        _ => Ok(()),
    }
}

/// jq 1.6 has doubles and no other numbers. Of the engine's whole numbers only small ones are left, which are the same.
pub(super) fn as_double(value: Val) -> Val {
    match value {
        Val::Num(Num::Int(number)) if !(-EXACT..=EXACT).contains(&number) => Val::from(number as f64),
        Val::Num(number @ (Num::BigInt(_) | Num::Dec(_))) => Val::from(jq_text::double(&number)),
        other => other,
    }
}

/// A double as a whole number of the engine's, where it is a small one: what indexes take.
pub(super) fn whole_if_exact(value: Val) -> Val {
    match value {
        Val::Num(Num::Float(double)) if double.fract() == 0.0 && double.abs() <= EXACT as f64 => {
            Val::from(double as isize)
        }
        other => other,
    }
}

/// The engine's data: filters, and the budget of the record.
#[derive(Clone, Copy)]
pub(super) struct Access<'a> {
    pub(super) lut: &'a Lut<Native<Metered>>,
    pub(super) budget: &'a Budget,
}

/// The kind of data that a metered query runs on.
pub(super) struct Metered;

impl DataT for Metered {
    type V<'a> = Val;
    type Data<'a> = Access<'a>;
}

impl<'a> HasLut<'a, Metered> for Access<'a> {
    fn lut(&self) -> &'a Lut<Native<Metered>> {
        self.lut
    }
}

/// Results of a call, each of which is asked for one level deeper.
struct Deeper<'a, I> {
    results: I,
    budget: &'a Budget,
}

impl<'a, T, I: Iterator<Item = ValX<'a, T, Val>>> Iterator for Deeper<'a, I> {
    type Item = ValX<'a, T, Val>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.budget.enter() {
            return Some(Err(Exn::from(error)));
        }
        let next = self.results.next();
        self.budget.leave();
        next
    }
}

/// A filter that hands on what it is given, once something was spent, wherever it stands: `.a |= f` goes through it too.
macro_rules! toll {
    ($name:literal, $spend:expr) => {{
        let (name, arguments, native) = run::<Metered>(($name, v(0), |cv| {
            let paid: Result<(), Error<Val>> = $spend(cv.0.data().budget, &cv.1);
            bome(paid.map(|()| cv.1))
        }));
        let native = native.with_paths(|cv| {
            let paid: Result<(), Error<Val>> = $spend(cv.0.data().budget, &cv.1.0);
            Box::new(std::iter::once(paid.map(|()| cv.1).map_err(Exn::from)))
        });
        let native = native.with_update(|cv, f| {
            let paid: Result<(), Error<Val>> = $spend(cv.0.data().budget, &cv.1);
            match paid {
                Ok(()) => f(cv.1),
                Err(error) => bome(Err(error)),
            }
        });
        (name, arguments, native)
    }};
}

/// What a value costs that is gone through: its own elements.
fn width(budget: &Budget, value: &Val) -> Result<(), Error<Val>> {
    budget.spend(match value {
        Val::Arr(items) => TICK * items.len() as u64,
        Val::Obj(members) => TICK * members.len() as u64,
        Val::TStr(text) | Val::BStr(text) => 1 + text.len() as u64 / 4,
        _ => 1,
    })
}

fn subtract(budget: &Budget, left: Val, right: Val) -> ValR<Val> {
    if let (Val::Arr(these), Val::Arr(those)) = (&left, &right) {
        budget.size(&left)?;
        budget.size(&right)?;
        budget.spend((these.len() as u64).saturating_mul(those.len() as u64))?;
    }
    Math::Sub.run(left, right)
}

fn multiply(budget: &Budget, left: Val, right: Val) -> ValR<Val> {
    let repeated = match (&left, &right) {
        (Val::TStr(text) | Val::BStr(text), Val::Num(times))
        | (Val::Num(times), Val::TStr(text) | Val::BStr(text)) => {
            Some((text.len() as u64, jq_text::double(times)))
        }
        _ => None,
    };
    if let Some((length, times)) = repeated {
        // jq 1.6: a number of times that is not above zero gives null.
        if times.is_nan() || times <= 0.0 {
            return Ok(Val::Null);
        }
        let times = times.ceil();
        budget.spend(if times < 1e9 { length.saturating_mul(times as u64) } else { u64::MAX })?;
        let text = match left {
            Val::Num(_) => right,
            text => text,
        };
        return Math::Mul.run(text, Val::from(times as isize));
    }
    budget.size(&left)?;
    budget.size(&right)?;
    Math::Mul.run(left, right)
}

/// jq 1.6: nothing is divided by zero.
pub(super) fn divide(left: Val, right: Val) -> ValR<Val> {
    if let (Val::Num(_), Val::Num(divisor)) = (&left, &right)
        && jq_text::double(divisor) == 0.0
    {
        return Err(Error::str("numbers cannot be divided because the divisor is zero"));
    }
    Math::Div.run(left, right)
}

/// jq 1.6: of the numbers without what stands behind their point, in 64 bits; what does not fit is the least of these.
pub(super) fn remainder(left: Val, right: Val) -> ValR<Val> {
    let (Val::Num(number), Val::Num(divisor)) = (&left, &right) else { return Math::Rem.run(left, right) };
    let whole = |number: f64| {
        let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
        if fits { number as i64 } else { i64::MIN }
    };
    match (whole(jq_text::double(number)), whole(jq_text::double(divisor))) {
        (_, 0) => Err(Error::str("numbers cannot be divided (remainder) because the divisor is zero")),
        (number, divisor) => Ok(Val::from(number.wrapping_rem(divisor) as f64)),
    }
}

/// jq 1.6: base64 up to its first `=`, with or without the padding, whatever the bits behind the last byte are.
pub(super) fn decode_base64(text: &[u8]) -> Result<Val, Error<Val>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    let end = memchr::memchr(b'=', text).unwrap_or(text.len());
    match LENIENT.decode(&text[..end]) {
        Ok(bytes) => Ok(Val::utf8_str(String::from_utf8_lossy(&bytes).into_owned())),
        Err(_) => Err(Error::str("the text is not valid base64 data")),
    }
}

/// What `type` says.
fn kind(value: &Val) -> &'static str {
    match value {
        Val::Null => "null",
        Val::Bool(_) => "boolean",
        Val::Num(_) => "number",
        Val::TStr(_) | Val::BStr(_) => "string",
        Val::Arr(_) => "array",
        Val::Obj(_) => "object",
    }
}

/// No fewer than the states of a regular expression: its bytes, times all of its counts such as `{2,5}`.
pub(super) fn states(expression: &[u8]) -> u64 {
    let (mut states, mut number, mut counts) = (expression.len() as u64 + 1, 0_u64, false);
    for byte in expression {
        match byte {
            b'{' => (counts, number) = (true, 0),
            b'0'..=b'9' if counts => {
                number = number.saturating_mul(10).saturating_add(u64::from(byte - b'0'))
            }
            b',' if counts => {
                states = states.saturating_mul(number.max(1));
                number = 0;
            }
            _ if counts => {
                states = states.saturating_mul(number.max(1));
                counts = false;
            }
            _ => {}
        }
    }
    states
}

fn two(mut context: Ctx<'_, Metered>) -> (Val, Val) {
    let second = context.pop_var();
    (context.pop_var(), second)
}

/// Every filter that metering calls. No query can name them: words don't begin with `!`.
pub(super) fn filters() -> Vec<Fun<Metered>> {
    let (name, arguments, nested) = run::<Metered>(("!nested", Box::new([Bind::Fun(())]), |mut cv| {
        let budget = cv.0.data().budget;
        let (f, context) = cv.0.pop_fun();
        match budget.spend(TICK).and_then(|()| budget.enter()) {
            Err(error) => bome(Err(error)),
            Ok(()) => {
                let results = f.run((context, cv.1));
                budget.leave();
                Box::new(Deeper { results, budget })
            }
        }
    }));
    let nested = nested.with_paths(|mut cv| {
        let budget = cv.0.data().budget;
        let (f, context) = cv.0.pop_fun();
        match budget.spend(TICK).and_then(|()| budget.enter()) {
            Err(error) => Box::new(std::iter::once(Err(Exn::from(error)))),
            Ok(()) => {
                let results = f.paths((context, cv.1));
                budget.leave();
                Box::new(Deeper { results, budget })
            }
        }
    });
    let nested = nested.with_update(|mut cv, change| {
        let budget = cv.0.data().budget;
        let (f, context) = cv.0.pop_fun();
        match budget.spend(TICK).and_then(|()| budget.enter()) {
            Err(error) => bome(Err(error)),
            Ok(()) => {
                let results = f.update((context, cv.1), change);
                budget.leave();
                Box::new(Deeper { results, budget })
            }
        }
    });
    vec![
        toll!("!tick", |budget: &Budget, _: &Val| budget.spend(TICK)),
        toll!("!size", |budget: &Budget, value: &Val| budget.size(value)),
        toll!("!width", width),
        (name, arguments, nested),
        run(("!made", v(0), |cv| {
            let budget = cv.0.data().budget;
            let value = as_double(cv.1);
            bome(budget.size(&value).map(|()| value))
        })),
        run(("!null", v(0), |cv| bome(Ok(Val::Bool(kind(&cv.1) == "null"))))),
        run(("type", v(0), |cv| bome(Ok(Val::utf8_str(kind(&cv.1).to_owned()))))),
        run(("isstring", v(0), |cv| bome(Ok(Val::Bool(kind(&cv.1) == "string"))))),
        run(("isnumber", v(0), |cv| bome(Ok(Val::Bool(kind(&cv.1) == "number"))))),
        run(("isboolean", v(0), |cv| bome(Ok(Val::Bool(kind(&cv.1) == "boolean"))))),
        run(("isarray", v(0), |cv| bome(Ok(Val::Bool(kind(&cv.1) == "array"))))),
        run(("isobject", v(0), |cv| bome(Ok(Val::Bool(kind(&cv.1) == "object"))))),
        run(("tonumber", v(0), |cv| {
            bome(match &cv.1 {
                Val::Num(_) => Ok(cv.1),
                Val::TStr(text) | Val::BStr(text) => {
                    match std::str::from_utf8(text).map(jq_text::to_number) {
                        Ok(Some(number)) => Ok(Val::Num(number)),
                        _ => Err(Error::str(format_args!("{} cannot be parsed as a number", cv.1))),
                    }
                }
                other => Err(Error::str(format_args!("{} cannot be parsed as a number", kind(other)))),
            })
        })),
        run(("split", v(1), |mut cv| {
            let separator = cv.0.pop_var();
            bome(match (kind(&cv.1), kind(&separator)) {
                ("string", "string") => Math::Div.run(cv.1, separator),
                _ => Err(Error::str("split input and separator must be strings")),
            })
        })),
        // Nothing is logged, and the program does not end.
        run(("debug_empty", v(0), |_| Box::new(std::iter::empty()))),
        run(("stderr_empty", v(0), |_| Box::new(std::iter::empty()))),
        run(("halt", v(1), |_| bome(Err(Error::str("the query halted"))))),
        run(("!expression", v(1), |mut cv| {
            let budget = cv.0.data().budget;
            let bytes = |value: &Val| match value {
                Val::TStr(text) | Val::BStr(text) => text.to_vec(),
                _ => Vec::new(),
            };
            let (text, states) = (bytes(&cv.0.pop_var()).len() as u64, states(&bytes(&cv.1)));
            let price = states.saturating_mul(EXPRESSION.1).saturating_add(text.saturating_mul(states) / 8);
            bome(budget.spend(price.saturating_add(EXPRESSION.0)).map(|()| cv.1))
        })),
        run(("!subtract", v(2), |cv| {
            let budget = cv.0.data().budget;
            let (left, right) = two(cv.0);
            bome(subtract(budget, left, right))
        })),
        run(("!multiply", v(2), |cv| {
            let budget = cv.0.data().budget;
            let (left, right) = two(cv.0);
            bome(multiply(budget, left, right).map(as_double))
        })),
        run(("!divide", v(2), |cv| {
            let (left, right) = two(cv.0);
            bome(divide(left, right))
        })),
        run(("!remainder", v(2), |cv| {
            let (left, right) = two(cv.0);
            bome(remainder(left, right).map(whole_if_exact))
        })),
        run(("!key", v(0), |cv| {
            bome(match kind(&cv.1) {
                "string" => Ok(cv.1),
                other => Err(Error::str(format_args!("{other} cannot be an object key"))),
            })
        })),
        run(("nan", v(0), |_| bome(Ok(Val::from(f64::NAN))))),
        run(("infinite", v(0), |_| bome(Ok(Val::from(f64::INFINITY))))),
        run(("decode_base64", v(0), |cv| {
            bome(match &cv.1 {
                Val::TStr(text) | Val::BStr(text) => decode_base64(text),
                _ => Err(Error::typ(cv.1.clone(), "string")),
            })
        })),
        run(("!text", v(0), |cv| {
            let budget = cv.0.data().budget;
            bome(budget.size(&cv.1).map(|()| Val::utf8_str(jq_text::text(&cv.1))))
        })),
        run(("tojson", v(0), |cv| {
            let budget = cv.0.data().budget;
            bome(budget.size(&cv.1).map(|()| Val::utf8_str(jq_text::json(&cv.1))))
        })),
        run(("fromjson", v(0), |cv| {
            let budget = cv.0.data().budget;
            let parsed = budget.size(&cv.1).and_then(|()| match &cv.1 {
                Val::TStr(text) | Val::BStr(text) => jq_text::parse(text).map_err(Error::str),
                _ => Err(Error::typ(cv.1.clone(), "string")),
            });
            bome(parsed)
        })),
        run(("range", v(3), |mut cv| {
            let budget = cv.0.data().budget;
            let (by, to, from) = (cv.0.pop_var(), cv.0.pop_var(), cv.0.pop_var());
            let number = |value: &Val| match value {
                Val::Num(number) => Some(jq_text::double(number)),
                _ => None,
            };
            let (Some(from), Some(to), Some(by)) = (number(&from), number(&to), number(&by)) else {
                return bome(Err(Error::str("Range bounds must be numeric")));
            };
            let mut next = Some(from);
            Box::new(std::iter::from_fn(move || {
                let at = next.take()?;
                // As jq 1.6: a step of zero, or away from the end, gives nothing.
                if !((by > 0.0 && at < to) || (by < 0.0 && at > to)) {
                    return None;
                }
                if let Err(error) = budget.spend(TICK) {
                    return Some(Err(Exn::from(error)));
                }
                next = Some(at + by);
                Some(Ok(whole_if_exact(Val::from(at))))
            }))
        })),
    ]
}
