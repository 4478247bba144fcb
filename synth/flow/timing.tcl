# One unit between registers, timed by OpenSTA. Run by `sparq synth` in a directory of its own that
# holds library.lib (the --liberty files as one) and timed.v (see synth/scalar_netlist.h). Only the
# clock, in ns, is filled in.

read_liberty library.lib
# Behind read_liberty, which makes the library's unit the commands'.
set_cmd_units -time ns
read_verilog timed.v
link_design timed
create_clock -name clk -period @CLOCK_NS@ [get_ports clk_i]

# The longest path of each group: that of the clock, and that of its gate where there is one.
foreach candidate [find_timing_paths -path_delay max] {
  if {![info exists path] || [get_property $candidate slack] < [get_property $path slack]} {
    set path $candidate
  }
}
puts "SLACK [get_property $path slack]"
puts "FROM [get_full_name [get_property $path startpoint]]"
puts "TO [get_full_name [get_property $path endpoint]]"
report_checks -path_delay max -fields {slew cap fanout} -digits 3
