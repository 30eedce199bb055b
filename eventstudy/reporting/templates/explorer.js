(function () {
  'use strict';
  var block = document.getElementById('explorer-data');
  var root = document.getElementById('explore');
  if (!block || !root) { return; }
  var D = JSON.parse(block.textContent);
  var T0 = D.taus[0], W = D.taus[1] - D.taus[0] + 1;
  var FEW = 8, MOST_PATHS = 300, MOST_ROWS = 1000;
  var NS = 'http://www.w3.org/2000/svg';
  var box = {};
  root.querySelectorAll('[data-part]').forEach(function (node) { box[node.dataset.part] = node; });
  var known = {};
  D.known.forEach(function (place) { known[place] = true; });
  var rowsShown = [], current = null, hovered = null;

  function first() {
    if (D.markets.length === 1) { return D.markets[0][0]; }
    var count = D.markets.map(function () { return 0; });
    D.market.forEach(function (m) { count[m] += 1; });
    var most = Math.max.apply(null, count.concat(0));
    return most >= FEW ? D.markets[count.indexOf(most)][0] : '';
  }
  var usual = { market: first(), kind: '', direction: '', returns: 0, from: D.window[0], to: D.window[1], before: '', words: '', date: '', sort: 'day', order: 'down' };
  var state = Object.assign({}, usual);

  // -- numbers ----------------------------------------------------------------------------
  function signed(value, digits) {
    if (value === null || !isFinite(value)) { return ''; }
    var text = Math.abs(value).toFixed(digits);
    return Number(text) === 0 ? text : (value < 0 ? '\u2212' : '+') + text;
  }
  function percent(value) { return signed(100 * value, 2); }
  function dated(day) { return new Date(day * 864e5).toISOString().slice(0, 10); }
  function quantile(sorted, p) {
    var at = (sorted.length - 1) * p, low = Math.floor(at);
    return sorted[low] + (at - low) * ((low + 1 < sorted.length ? sorted[low + 1] : sorted[low]) - sorted[low]);
  }
  function over(pair, kind, from, to) {
    var total = D.compound[kind] ? 1 : 0;
    for (var tau = from; tau <= to; tau += 1) {
      var value = D.values[kind][pair * W + tau - T0];
      if (value === null) { return null; }
      total = D.compound[kind] ? total * (1 + value * D.unit) : total + value * D.unit;
    }
    return D.compound[kind] ? total - 1 : total;
  }
  function path(pair, kind) {
    // cumulated from the session before day 0 on, backwards before it
    var out = [], tau, value;
    for (tau = T0; tau < T0 + W; tau += 1) {
      if (tau === -1) { out.push(0); continue; }
      value = tau < 0 ? over(pair, kind, tau + 1, Math.min(-1, T0 + W - 1)) : over(pair, kind, Math.max(0, T0), tau);
      if (tau < 0 && value !== null) { value = D.compound[kind] ? 1 / (1 + value) - 1 : -value; }
      out.push(value);
    }
    return out;
  }
  function mean(values) {
    var sum = 0, n = 0;
    values.forEach(function (value) { if (value !== null) { sum += value; n += 1; } });
    return n ? sum / n : null;
  }

  // -- what is chosen ---------------------------------------------------------------------
  function opposite(direction) {
    return { 'escalation': 'de-escalation', 'de-escalation': 'escalation' }[direction] || null;
  }
  function units(pairs) {
    // The dates of all markets together, as in the tables: news of one moment is one item, and two
    // items are one date that have the same day 0 in more than half of the markets they share, or
    // that share no market and have a day 0 in common.
    var number = new Map(), markets = [], parent = [], meetings = new Map(), days = new Map(), shared = new Map();
    function into(map, key, item) { if (!map.has(key)) { map.set(key, new Set()); } map.get(key).add(item); }
    function root(item) { while (parent[item] !== item) { item = parent[item]; } return item; }
    function join(a, b) { parent[root(a)] = root(b); }
    function common(a, b) { var n = 0; markets[a].forEach(function (market) { n += markets[b].has(market) ? 1 : 0; }); return n; }
    function couples(set, visit) {
      var items = Array.from(set), a, b;
      for (a = 0; a < items.length; a += 1) { for (b = a + 1; b < items.length; b += 1) { visit(Math.min(items[a], items[b]), Math.max(items[a], items[b])); } }
    }
    pairs.forEach(function (pair) {
      var moment = D.moment[D.event[pair]];
      if (!number.has(moment)) { number.set(moment, markets.length); parent.push(markets.length); markets.push(new Set()); }
      markets[number.get(moment)].add(D.market[pair]);
      into(meetings, D.market[pair] + '/' + D.day[pair], number.get(moment));
      into(days, D.day[pair], number.get(moment));
    });
    meetings.forEach(function (items) { couples(items, function (a, b) { var key = a * markets.length + b; shared.set(key, (shared.get(key) || 0) + 1); }); });
    shared.forEach(function (count, key) { var a = Math.floor(key / markets.length), b = key % markets.length; if (2 * count > common(a, b)) { join(a, b); } });
    days.forEach(function (items) { couples(items, function (a, b) { if (root(a) !== root(b) && !common(a, b)) { join(a, b); } }); });
    return function (pair) { return root(number.get(D.moment[D.event[pair]])); };
  }
  function chosen() {
    var words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    var market = D.markets.findIndex(function (m) { return m[0] === state.market; });
    var against = opposite(state.direction), own = [], others = [], left = [], i;
    for (i = 0; i < D.event.length; i += 1) {
      if (market >= 0 && D.market[i] !== market) { continue; }
      var event = D.events[D.event[i]];
      if (against && event[5] === against && !known[D.event[i]]) { others.push(i); }
      if (state.kind && event[4] !== state.kind) { continue; }
      if (state.direction && event[5] !== state.direction) { continue; }
      if (state.before && dated(D.day[i]) >= state.before) { continue; }
      var text = (event[0] + ' ' + event[3] + ' ' + event[6] + ' ' + event[4]).toLowerCase();
      if (!words.every(function (word) { return text.indexOf(word) >= 0; })) { continue; }
      (state.direction && !state.kind && known[D.event[i]] ? left : own).push(i);
    }
    var unit = market < 0 ? units(own.concat(others)) : function (pair) { return D.day[pair]; };
    var unknown = market < 0 ? units(left) : unit, dates = new Map(), out = [], n = { mixed: 0, known: 0, missing: 0 }, keys = {};
    own.forEach(function (pair) {
      if (!dates.has(unit(pair))) { dates.set(unit(pair), []); }
      dates.get(unit(pair)).push(pair);
    });
    var mixed = new Set(others.map(unit)), taken = {};
    own.sort(function (a, b) { return D.event[a] - D.event[b]; }).forEach(function (pair) {
      var cell = D.market[pair] + '/' + D.day[pair]; // of one market and day 0 the first item stands for all
      if (!mixed.has(unit(pair)) && !(cell in taken)) { taken[cell] = pair; }
    });
    var days = new Set(own.map(function (pair) { return D.day[pair]; }));
    n.known = new Set(left.filter(function (pair) { return !days.has(D.day[pair]); }).map(unknown)).size;
    dates.forEach(function (pairs, number) {
      if (mixed.has(number)) { n.mixed += 1; return; }
      var values = [], scaled = [], held = {}, events = [];
      var counted = pairs.filter(function (pair) { return taken[D.market[pair] + '/' + D.day[pair]] === pair; });
      if (!counted.length) { return; } // every return of it is that of other news
      pairs.forEach(function (pair) { if (events.indexOf(D.event[pair]) < 0) { events.push(D.event[pair]); } });
      counted.forEach(function (pair) {
        held[D.market[pair]] = true;
        var value = over(pair, state.returns, state.from, state.to);
        values.push(value);
        var vol = D.volatility[pair];
        scaled.push(value === null || !vol ? null : value / (vol * D.unit));
      });
      var value = mean(values);
      if (value === null) { n.missing += 1; return; }
      var day = Math.min.apply(null, counted.map(function (pair) { return D.day[pair]; }));
      out.push({ day: day, date: dated(day), pairs: pairs, counted: counted, events: events, value: value, scaled: mean(scaled), tone: tone(events), markets: Object.keys(held).length });
    });
    out.sort(function (a, b) { return a.day - b.day; });
    out.forEach(function (row) { // two dates of different news may begin on one day
      keys[row.date] = (keys[row.date] || 0) + 1;
      row.key = row.date + (keys[row.date] > 1 ? '.' + keys[row.date] : '');
    });
    out.n = n;
    return out;
  }
  function tone(events) {
    var found = new Set(events.map(function (place) { return D.events[place][5]; }));
    return found.size === 1 && opposite(D.events[events[0]][5]) ? D.events[events[0]][5] : 'neutral';
  }

  // -- drawing ----------------------------------------------------------------------------
  function add(parent, tag, attributes, text) {
    var node = document.createElementNS(NS, tag);
    Object.keys(attributes).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    if (text !== undefined) { node.textContent = text; }
    parent.appendChild(node);
    return node;
  }
  function html(parent, tag, text, cls) {
    var node = document.createElement(tag);
    if (text !== undefined) { node.textContent = text; }
    if (cls) { node.className = cls; }
    parent.appendChild(node);
    return node;
  }
  function canvas(part, height, label) {
    var width = Math.max(280, Math.round(box[part].clientWidth || 560));
    box[part].textContent = '';
    var svg = add(box[part], 'svg', { viewBox: '0 0 ' + width + ' ' + height, width: width, height: height, role: 'img', 'aria-label': label });
    return { svg: svg, width: width, height: height };
  }
  function step(range) {
    var raw = range / 6, power = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 2.5, 5, 10].map(function (k) { return k * power; }).find(function (k) { return k >= raw; });
  }
  function ticks(low, high) {
    var by = step(high - low || 0.01), out = [];
    for (var k = Math.ceil(low / by); k * by <= high + 1e-12; k += 1) { out.push(k * by); }
    return out;
  }
  function tip(node, row) {
    add(node, 'title', {}, row.date + ': ' + percent(row.value) + ' %, ' + signed(row.scaled, 2) + ' daily vols. ' + row.events.map(function (place) { return D.events[place][3]; }).join(' / '));
  }
  function follow(node, row) {
    node.addEventListener('mouseenter', function () { point(row); });
    node.addEventListener('mouseleave', function () { point(null); });
    node.addEventListener('click', function () { choose(row); });
  }
  function dots(rows, sentence) {
    var c = canvas('dots', 190, sentence), svg = c.svg, margin = 22;
    if (!rows.length) { return; }
    var reach = Math.max.apply(null, rows.map(function (row) { return Math.abs(row.value); })) * 1.06 || 0.01;
    function x(value) { return margin + (value + reach) / (2 * reach) * (c.width - 2 * margin); }
    var base = 140, size = 9, bins, most;
    for (;;) {
      bins = new Map(); most = 0;
      rows.forEach(function (row) {
        var bin = Math.round((x(row.value) - margin) / size);
        if (!bins.has(bin)) { bins.set(bin, []); }
        bins.get(bin).push(row);
        most = Math.max(most, bins.get(bin).length);
      });
      if (most * size <= base - 12 || size <= 2) { break; }
      size -= 1;
    }
    ticks(-reach, reach).forEach(function (value) {
      add(svg, 'line', { x1: x(value), x2: x(value), y1: base + 18, y2: base + 23, class: 'x-rule' });
      add(svg, 'text', { x: x(value), y: base + 37, 'text-anchor': 'middle', class: 'x-label' }, percent(value) + (value === 0 ? ' %' : ''));
    });
    add(svg, 'line', { x1: x(0), x2: x(0), y1: 6, y2: base + 18, class: 'x-zero' });
    var sorted = rows.map(function (row) { return row.value; }).sort(function (a, b) { return a - b; });
    if (rows.length >= FEW) {
      var low = quantile(sorted, 0.1), high = quantile(sorted, 0.9);
      var bar = add(svg, 'rect', { x: x(low), y: base + 8, width: Math.max(1, x(high) - x(low)), height: 7, class: 'x-range ' + (opposite(state.direction) ? state.direction : 'neutral') });
      add(bar, 'title', {}, '8 in 10 between ' + percent(low) + ' and ' + percent(high) + ' %');
      add(svg, 'line', { x1: x(quantile(sorted, 0.5)), x2: x(quantile(sorted, 0.5)), y1: base + 5, y2: base + 18, class: 'x-middle' });
    }
    bins.forEach(function (stack, bin) {
      stack.forEach(function (row, place) {
        var dot = add(svg, 'circle', { cx: margin + bin * size, cy: base - size * (place + 0.5), r: Math.max(1, size / 2 - 0.6), class: 'x-dot ' + row.tone });
        dot.dataset.date = row.key;
        tip(dot, row);
        follow(dot, row);
      });
    });
  }
  function paths(rows) {
    var c = canvas('paths', 300, 'Cumulated returns of each date around day 0, and their middle'), svg = c.svg;
    var left = 46, right = 12, top = 10, bottom = 30;
    var drawn = rows.slice(-MOST_PATHS);
    drawn.forEach(function (row) {
      var parts = row.counted.map(function (pair) { return path(pair, state.returns); });
      row.path = parts[0].map(function (_, k) { return mean(parts.map(function (part) { return part[k]; })); });
    });
    var all = [].concat.apply([], drawn.map(function (row) { return row.path; })).filter(function (value) { return value !== null; });
    if (!all.length) { return; }
    var high = Math.max.apply(null, all), low = Math.min.apply(null, all), room = (high - low) * 0.04 || 0.01;
    high += room; low -= room;
    function x(k) { return left + k / Math.max(1, W - 1) * (c.width - left - right); }
    function y(value) { return top + (high - value) / (high - low) * (c.height - top - bottom); }
    function line(values) {
      var text = '', on = false;
      values.forEach(function (value, k) { if (value === null) { on = false; return; } text += (on ? 'L' : 'M') + x(k).toFixed(1) + ' ' + y(value).toFixed(1); on = true; });
      return text;
    }
    ticks(low, high).forEach(function (value) {
      add(svg, 'line', { x1: left, x2: c.width - right, y1: y(value), y2: y(value), class: Math.abs(value) < 1e-12 ? 'x-zero' : 'x-rule' });
      add(svg, 'text', { x: left - 6, y: y(value) + 4, 'text-anchor': 'end', class: 'x-label' }, percent(value));
    });
    var by = W > 13 ? Math.ceil(W / 8) : c.width < 420 ? 2 : 1;
    for (var k = 0; k < W; k += 1) {
      if ((k + T0) % by) { continue; }
      add(svg, 'text', { x: x(k), y: c.height - 12, 'text-anchor': 'middle', class: 'x-label' }, T0 + k > 0 ? '+' + (T0 + k) : String(T0 + k).replace('-', '\u2212'));
    }
    if (T0 < 0) { add(svg, 'line', { x1: x(-T0 - 0.5), x2: x(-T0 - 0.5), y1: top, y2: c.height - bottom, class: 'x-news' }); }
    drawn.forEach(function (row) {
      var node = add(svg, 'path', { d: line(row.path), class: 'x-path ' + row.tone });
      node.dataset.date = row.key;
      tip(node, row);
      follow(node, row);
    });
    var middle = drawn[0].path.map(function (_, k) {
      var values = drawn.map(function (row) { return row.path[k]; }).filter(function (value) { return value !== null; }).sort(function (a, b) { return a - b; });
      return values.length ? quantile(values, 0.5) : null;
    });
    add(svg, 'path', { d: line(middle), class: 'x-path-middle' });
    box.pathnote.textContent = 'Cumulated from the session before day 0, %; sessions of the market across; the dashed line is the news, the heavy line the middle of the dates.' + (rows.length > drawn.length ? ' The latest ' + drawn.length + ' of ' + rows.length + ' dates are drawn.' : '');
  }
  function say(rows) {
    box.headline.textContent = '';
    var strong = function (text) { html(box.headline, 'b', text); }, put = function (text) { box.headline.appendChild(document.createTextNode(text)); };
    if (!rows.length) { put('No date is left: '); put('fewer filters show more.'); return box.headline.textContent; }
    var values = rows.map(function (row) { return row.value; }).sort(function (a, b) { return a - b; });
    strong(rows.length + (rows.length === 1 ? ' date' : ' dates'));
    put(' \u00b7 middle '); strong(percent(quantile(values, 0.5)) + '\u00a0%');
    if (rows.length >= FEW) {
      put(' \u00b7 8 in 10 between '); strong(percent(quantile(values, 0.1))); put(' and '); strong(percent(quantile(values, 0.9)) + '\u00a0%');
    }
    put(' \u00b7 up on '); strong(String(values.filter(function (value) { return value > D.unit; }).length)); // less is the rounding of the block
    put(' \u00b7 worst ' + percent(values[0]) + ', best ' + percent(values[values.length - 1]) + '\u00a0%');
    return box.headline.textContent;
  }
  function sides(rows) {
    var parts = [], n = rows.n, market = D.markets.find(function (m) { return m[0] === state.market; });
    parts.push((state.returns ? 'Return ' + D.returns[state.returns] : 'Total return') + ' over ' + label() + (market && market[2] ? ', + is a ' + market[2] : market ? '' : ', mean over the markets of a date, which is named after its first session') + '.');
    if (rows.length && rows.length < FEW) { parts.push('Under ' + FEW + ' dates: no range.'); }
    if (n.mixed) { parts.push(n.mixed + (n.mixed === 1 ? ' more date holds' : ' more dates hold') + ' news of the opposite direction, too, and ' + (n.mixed === 1 ? 'is' : 'are') + ' left out.'); }
    if (n.known) { parts.push(n.known + (n.known === 1 ? ' date' : ' dates') + ' of news known beforehand left out.'); }
    if (n.missing) { parts.push(n.missing + (n.missing === 1 ? ' date has' : ' dates have') + ' no return over the whole window.'); }
    box.aside.textContent = parts.join(' ');
  }
  function label() {
    return '[' + [state.from, state.to].map(function (tau) { return (tau > 0 ? '+' : '') + String(tau).replace('-', '\u2212'); }).join(',') + ']';
  }
  function table(rows) {
    var body = box.rows, order = { day: 'day', news: 'news', value: 'value', scaled: 'scaled' }[state.sort] || 'day';
    function key(row) { return order === 'news' ? D.events[row.events[0]][3].toLowerCase() : row[order] === null ? -Infinity : row[order]; }
    rowsShown = rows.slice().sort(function (a, b) { var p = key(a), q = key(b), s = p < q ? -1 : p > q ? 1 : a.day - b.day; return state.order === 'up' ? s : -s; });
    root.querySelectorAll('th[data-sort]').forEach(function (head) {
      var on = head.dataset.sort === order;
      head.setAttribute('aria-sort', on ? (state.order === 'up' ? 'ascending' : 'descending') : 'none');
    });
    body.textContent = '';
    rowsShown.slice(0, MOST_ROWS).forEach(function (row, place) {
      var line = html(body, 'tr');
      line.dataset.date = row.key;
      var button = html(html(line, 'th'), 'button', row.date, 'date ' + row.tone);
      button.type = 'button';
      button.parentNode.scope = 'row';
      button.tabIndex = (current ? row.key === current : place === 0) ? 0 : -1;
      var news = html(line, 'td');
      row.events.slice(0, 3).forEach(function (event) { html(news, 'div', D.events[event][3]); });
      if (row.events.length > 3) { html(news, 'div', 'and ' + (row.events.length - 3) + ' more', 'soft'); }
      html(line, 'td', percent(row.value), 'num');
      html(line, 'td', signed(row.scaled, 2), 'num');
      line.addEventListener('mouseenter', function () { point(row); });
      line.addEventListener('mouseleave', function () { point(null); });
      line.addEventListener('click', function () { choose(row); });
      button.addEventListener('focus', function () { point(row); });
      button.addEventListener('keydown', function (press) { move(press, place); });
    });
    box.tablenote.textContent = rowsShown.length > MOST_ROWS ? MOST_ROWS + ' of ' + rowsShown.length + ' dates are listed.' : '';
  }
  function move(press, place) {
    var buttons = box.rows.querySelectorAll('button.date'), to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: buttons.length - 1 }[press.key];
    if (to === undefined || !buttons[to]) { return; }
    press.preventDefault();
    buttons[place].tabIndex = -1;
    buttons[to].tabIndex = 0;
    buttons[to].focus();
  }
  function mark() {
    var date = hovered || current;
    root.querySelectorAll('[data-date]').forEach(function (node) { node.classList.toggle('on', node.dataset.date === date); });
    var on = box.paths.querySelector('path.on');
    if (on) { on.parentNode.insertBefore(on, on.parentNode.lastElementChild); }
  }
  function point(row) {
    hovered = row ? row.key : null;
    mark();
    facts(row || rowsShown.find(function (each) { return each.key === current; }));
  }
  function choose(row) {
    current = current === row.key ? null : row.key;
    state.date = current || '';
    keep();
    mark();
    facts(row);
  }
  function forget() {
    if (!current) { return; }
    current = null;
    state.date = '';
    keep();
    mark();
    facts(rowsShown.find(function (row) { return row.date === hovered; }));
  }
  function facts(row) {
    var panel = box.facts;
    panel.textContent = '';
    if (!row) { html(panel, 'p', 'A date under the pointer, or chosen in the table, shows its news here.', 'soft'); return; }
    var first = row.pairs[0], market = D.markets.find(function (m) { return m[0] === state.market; });
    var head = html(panel, 'p');
    html(head, 'b', row.date + ', ' + (market ? market[1] : row.markets + (row.markets === 1 ? ' market' : ' markets')));
    head.appendChild(document.createTextNode((market && D.states[D.state[first]] ? ' (' + D.states[D.state[first]] + ' when the news came)' : '') + ': ' + percent(row.value) + '\u00a0% over ' + label() + ', ' + signed(row.scaled, 2) + ' daily volatilities'));
    var marks = row.pairs.reduce(function (all, pair) { return all | D.marks[pair]; }, 0);
    var said = [[1, 'session uncertain'], [2, 'first session after a closure'], [4, 'before the benchmark could react']].filter(function (each) { return marks & each[0]; }).map(function (each) { return each[1]; });
    if (said.length) { html(panel, 'p', said.join(' \u00b7 '), 'soft'); }
    var list = html(panel, 'ul');
    row.events.slice(0, 8).forEach(function (number) {
      var event = D.events[number], item = html(list, 'li');
      html(item, 'span', event[2], 'soft');
      item.appendChild(document.createTextNode(' '));
      html(item, 'bdi', event[3]);
      var kind = D.kinds.find(function (each) { return each[0] === event[4]; });
      html(item, 'span', ' ' + [kind ? kind[1] : '', event[5], event[6]].filter(Boolean).join(' \u00b7 ') + ' ', 'soft');
      var place = event[1] || 'event-' + event[0];
      if (document.getElementById(place)) { var link = html(item, 'a', event[0]); link.href = '#' + place; } else { html(item, 'span', event[0], 'soft'); }
    });
    if (row.events.length > 8) { html(panel, 'p', 'and ' + (row.events.length - 8) + ' more items', 'soft'); }
  }

  // -- the address ------------------------------------------------------------------------
  function keep() {
    var query = new URLSearchParams();
    Object.keys(usual).forEach(function (name) { if (String(state[name]) !== String(usual[name])) { query.set(name, state[name]); } });
    var text = '#explore' + (query.toString() ? '&' + query : '');
    try { history.replaceState(null, '', text); } catch (error) { /* some browsers refuse in a file */ }
  }
  function read() {
    var text = location.hash.slice(1);
    if (text !== 'explore' && text.indexOf('explore&') !== 0) { return false; }
    state = Object.assign({}, usual);
    new URLSearchParams(text.slice(8)).forEach(function (value, name) {
      if (!(name in usual)) { return; }
      state[name] = typeof usual[name] === 'number' ? Math.round(Number(value)) || 0 : value;
    });
    state.returns = Math.min(Math.max(state.returns, 0), D.returns.length - 1);
    if (state.market && !D.markets.some(function (m) { return m[0] === state.market; })) { state.market = usual.market; }
    current = state.date || null;
    return true;
  }
  function tidy() {
    state.from = Math.min(Math.max(state.from, T0), D.taus[1]);
    state.to = Math.min(Math.max(state.to, state.from), D.taus[1]);
  }
  function show() {
    tidy();
    ['market', 'kind', 'direction', 'returns', 'from', 'to', 'before', 'words'].forEach(function (name) { var field = box[name]; if (field && field.value !== String(state[name])) { field.value = state[name]; } });
    hovered = null;
    var rows = chosen();
    var sentence = say(rows);
    sides(rows);
    table(rows);
    if (current && !rowsShown.some(function (row) { return row.key === current; })) { current = null; }
    dots(rows, sentence);
    box.pathnote.textContent = '';
    paths(rows);
    mark();
    facts(rowsShown.find(function (row) { return row.key === current; }));
  }

  // -- what is there to choose ------------------------------------------------------------
  function fill(name, options, all) {
    var field = box[name];
    if (!options.length) { field.closest('label').hidden = true; return; }
    if (all) { html(field, 'option', all).value = ''; }
    options.forEach(function (each) { html(field, 'option', each[1]).value = each[0]; });
  }
  fill('market', D.markets, D.markets.length > 1 ? 'all, mean of a date' : '');
  fill('kind', D.kinds, 'all');
  fill('direction', D.directions, 'all');
  fill('returns', D.returns.length > 1 ? D.returns.map(function (text, place) { return [String(place), text]; }) : []);
  ['from', 'to'].forEach(function (name) { box[name].min = T0; box[name].max = D.taus[1]; });
  ['market', 'kind', 'direction', 'returns', 'from', 'to', 'before', 'words'].forEach(function (name) {
    box[name].addEventListener('input', function () {
      var value = box[name].value;
      if (typeof usual[name] === 'number') { if (value === '' || value === '-') { return; } value = Math.round(Number(value)) || 0; }
      state[name] = value;
      if (name === 'to' && state.to < state.from) { state.from = state.to; }
      keep();
      show();
    });
  });
  root.querySelectorAll('th[data-sort] button').forEach(function (button) {
    button.addEventListener('click', function () {
      var by = button.parentNode.dataset.sort;
      state.order = state.sort === by ? (state.order === 'up' ? 'down' : 'up') : by === 'news' ? 'up' : 'down';
      state.sort = by;
      keep();
      show();
    });
  });
  root.addEventListener('keydown', function (press) { if (press.key === 'Escape') { forget(); } });
  box.reset.addEventListener('click', function () { state = Object.assign({}, usual); current = null; keep(); show(); });
  root.querySelectorAll('[data-script]').forEach(function (node) { node.hidden = false; });
  window.addEventListener('hashchange', function () { if (read()) { show(); root.scrollIntoView(); } });
  var asked = read();
  show();
  if (asked) { root.scrollIntoView(); }
  var width = root.clientWidth;
  window.addEventListener('resize', function () { if (root.clientWidth !== width) { width = root.clientWidth; show(); } });
})();
