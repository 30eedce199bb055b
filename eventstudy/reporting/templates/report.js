(function () {
  'use strict';
  var full = document.body.classList.contains('full');

  // contents: open beside the page where there is room, closed above it where there is not
  var contents = document.getElementById('contents'), wide = window.matchMedia('(min-width: 1100px)');
  if (contents) {
    var fit = function () { contents.open = wide.matches; };
    fit();
    wide.addEventListener('change', fit);
    contents.addEventListener('click', function (press) { if (press.target.closest('a') && !wide.matches) { contents.open = false; } });
    contents.addEventListener('keydown', function (press) {
      if (press.key !== 'Escape' || wide.matches || !contents.open) { return; }
      contents.open = false;
      contents.querySelector('summary').focus();
    });
    if ('IntersectionObserver' in window) {
      var links = {};
      contents.querySelectorAll('a').forEach(function (link) { links[link.hash.slice(1)] = link; });
      var watch = new IntersectionObserver(function (seen) {
        seen.forEach(function (each) {
          if (!each.isIntersecting) { return; }
          contents.querySelectorAll('[aria-current]').forEach(function (link) { link.removeAttribute('aria-current'); });
          links[each.target.id].setAttribute('aria-current', 'true');
        });
      }, { rootMargin: '-10% 0px -80% 0px' });
      document.querySelectorAll('section[id]').forEach(function (section) { if (links[section.id]) { watch.observe(section); } });
    }
  }

  // tables are sorted by their heads
  var MINUS = /\u2212/g;
  function value(cell) {
    var text = cell ? cell.textContent.trim() : '';
    if (/^[<>]?\s*[+\u2212-]?[\d,]*\.?\d+\s*%?[\s*\u2020]*$/.test(text)) {
      var number = parseFloat(text.replace(MINUS, '-').replace(/[^\d.+-]/g, ''));
      return text.charAt(0) === '<' ? number - 1e-9 : number;
    }
    return text.toLowerCase();
  }
  function sort(table, place, head) {
    var up = head.getAttribute('aria-sort') !== 'ascending';
    table.querySelectorAll('thead th').forEach(function (each) { if (each.hasAttribute('aria-sort')) { each.setAttribute('aria-sort', 'none'); } });
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    Array.from(table.tBodies).forEach(function (body) {
      var rows = Array.from(body.rows).filter(function (row) { return !row.classList.contains('section'); });
      rows.map(function (row, k) { return { row: row, key: value(row.cells[place]), k: k }; }).sort(function (a, b) {
        if (a.key === '' || b.key === '') { return (a.key === '') - (b.key === '') || a.k - b.k; } // empty cells last
        if (typeof a.key !== typeof b.key) { return typeof a.key === 'number' ? -1 : 1; }
        return (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (up ? 1 : -1) || a.k - b.k;
      }).forEach(function (each) { body.appendChild(each.row); });
    });
  }
  function sortable(table) {
    if (table.dataset.sorts || !table.tHead || table.classList.contains('kv') || table.classList.contains('explorer')) { return; }
    table.dataset.sorts = 'yes';
    Array.from(table.tHead.rows[0].cells).forEach(function (head, place) {
      var button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      head.setAttribute('aria-sort', 'none');
      button.addEventListener('click', function () { sort(table, place, head); });
    });
  }
  document.querySelectorAll('main table').forEach(function (table) { if (!table.closest('details:not([open])')) { sortable(table); } });
  document.querySelectorAll('main details').forEach(function (item) {
    item.addEventListener('toggle', function () { if (item.open) { item.querySelectorAll('table').forEach(sortable); } });
  });

  // the list of events, by words or by the id of one
  var field = document.getElementById('filter'), items = Array.from(document.querySelectorAll('details.event'));
  function known(item) { return decodeURIComponent(item.id.slice('event-'.length)); }
  if (field) {
    field.closest('.filter').hidden = false;
    var texts = items.map(function (item) {
      return (known(item) + ' ' + item.querySelector('summary').textContent + ' ' + item.querySelector('.meta').textContent).toLowerCase();
    });
    var ids = items.map(function (item) { return known(item).toLowerCase(); });
    field.addEventListener('input', function () {
      var asked = field.value.trim().toLowerCase(), words = asked.split(/\s+/).filter(Boolean), one = ids.indexOf(asked) >= 0, count = 0;
      items.forEach(function (item, k) {
        var on = one ? ids[k] === asked : words.every(function (word) { return texts[k].indexOf(word) >= 0; });
        item.hidden = !on;
        count += on ? 1 : 0;
      });
      document.getElementById('filtered').textContent = asked ? count + ' of ' + items.length : '';
    });
  }

  // a link to an event or into a folded table opens it
  function open() {
    var hash = location.hash.slice(1), target = hash ? document.getElementById(hash) : null;
    if (!target) { return; }
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === 'DETAILS') { node.open = true; }
      if (node.hidden && node.classList.contains('event')) { node.hidden = false; }
    }
    target.scrollIntoView();
  }
  window.addEventListener('hashchange', open);
  open();

  // printed: one short document, or with everything also what is folded
  var opened = [];
  window.addEventListener('beforeprint', function () {
    if (!full) { return; }
    opened = Array.from(document.querySelectorAll('main details:not([open])'));
    opened.forEach(function (item) { item.open = true; });
  });
  window.addEventListener('afterprint', function () { opened.forEach(function (item) { item.open = false; }); opened = []; });
})();
